/**
 * A process that restores and can be killed: its argument is a `Restoring` as JSON. It prints a line on standard error
 * for each range of a pack that it fetches, and the result.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { LocalRepository, restoreVolumes, type ChunkSource, type RestoreTarget } from '#image/index.ts'

export interface Restoring {
  repository: string
  manifest: string
  volumes: RestoreTarget[]
  delta?: boolean
  /** Milliseconds that each range of a pack takes to come. */
  slowness: number
}

const { repository, manifest, volumes, delta, slowness } = JSON.parse(process.argv[2] ?? '') as Restoring
const store = await LocalRepository.open(repository)
const source: ChunkSource = {
  manifest: (id) => store.manifest(id),
  packTail: (id, length) => store.packTail(id, length),
  packRange: async (id, offset, length) => {
    process.stderr.write('range\n')
    await sleep(slowness)
    return store.packRange(id, offset, length)
  },
}
const result = await restoreVolumes({
  manifest: await store.manifest(manifest), volumes, source, delta, checkpoints: { milliseconds: 50, bytes: 4 * 1024 * 1024 },
})
process.stdout.write(JSON.stringify(result))
