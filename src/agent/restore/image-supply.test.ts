import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { RestoreCommand } from '#shared/contract/agent.ts'
import { LocalRepository, readManifest } from '#image/index.ts'
import { captureBlocks } from '#image/repository/testing/small-images.ts'
import { operationContext } from '../testing/operation-context.ts'
import { openDirectSupply } from './image-supply.ts'

const BLOCK = 4096

let folder: string
let repository: LocalRepository
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  folder = await mkdtemp(join(tmpdir(), 'clonaula-supply-'))
  repository = await LocalRepository.open(folder)
})
afterEach(async () => {
  vi.useRealTimers()
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

test('says how much comes a second from the repository', async () => {
  const manifest = await repository.publish(await captureBlocks(repository, Array.from({ length: 12 }, (_, at) => at), { perPack: 12 }))
  const command: RestoreCommand = {
    kind: 'restore', target: { disk: 1, partition: 1 }, manifest, method: 'UNICAST-DIRECT', repository: { url: 'http://127.0.0.1:1', token: '' },
    delta: true, verify: false, discard: false,
  }
  const openChannel = (): never => { throw new Error('not asked for') }
  await using supply = openDirectSupply(command, operationContext([], { state: folder, openRepository: () => repository, openChannel }))
  const [pack = ''] = (await readManifest(await supply.manifest())).packs
  expect(supply.network?.()).toEqual({ received: 0 })
  await supply.reading(async (source) => {
    for (let at = 0; at < 8; at += 1) {
      await source.packRange(pack, at * BLOCK, BLOCK)
      vi.advanceTimersByTime(250)
    }
  })
  expect(supply.network?.()).toEqual({ received: 4 * BLOCK })
  vi.advanceTimersByTime(10_000)
  expect(supply.network?.()).toEqual({ received: 0 })
})
