import { readManifest } from '../codecs.ts'
import type { LocalRepository } from '../repository/local.ts'
import type { PackId } from '../store.ts'

/**
 * Takes packs away again that no manifest needs. Left to the next purge are all of them when somebody else is adding
 * something, or when a manifest cannot be read: nobody knows then what is needed.
 */
export async function discardPacks(repository: LocalRepository, packs: readonly PackId[]): Promise<void> {
  if (packs.length === 0) return
  await repository.alone(async ({ repository: own, files }) => {
    const needed = new Set<PackId>()
    for (const id of await own.listManifests()) {
      for (const pack of (await readManifest(await own.manifest(id))).packs) needed.add(pack)
    }
    await files.remove(packs.filter((id) => !needed.has(id)).map((id) => own.packPath(id)))
  })
}
