import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChunkSource } from '#image/index.ts'
import { take } from './multicast.ts'

const [FIRST, SECOND] = ['1'.repeat(64), '2'.repeat(64)]

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-multicast-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

test('a transfer that fails ends when nothing of the CACHE is being checked any more', async () => {
  const checking = Promise.withResolvers<void>()
  let isOver = false
  const source: ChunkSource = {
    manifest: () => Promise.reject(new Error('not asked for')),
    packTail: () => Promise.reject(new Error('not asked for')),
    packRange: async (id, _offset, length) => {
      if (id === SECOND) throw new Error('cut off')
      return new Uint8Array(length)
    },
  }
  const intake = { incomingPath: (id: string) => join(folder, id), accept: () => checking.promise }
  const taken = take(
    [FIRST, SECOND].map((pack) => ({ pack, offset: 0, length: 10, missing: { id: pack, size: 10 } })),
    { isLost: false, leave: () => undefined, network: { received: 0 }, source },
    { packs: [], intake, onReceived: () => undefined, onDamaged: () => undefined }, new Set(),
  )
  const end = taken.catch((cause: unknown) => cause).finally(() => { isOver = true })
  await new Promise((resolve) => { setTimeout(resolve, 200) })
  expect(isOver).toBe(false)
  checking.resolve()
  expect(await end).toMatchObject({ message: 'cut off' })
})
