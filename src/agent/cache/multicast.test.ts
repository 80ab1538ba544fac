import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest'
import { CacheStore } from '#image/cache/cache-store.ts'
import { LocalRepository, type ChunkSource } from '#image/index.ts'
import { packOf } from '#image/repository/testing/small-images.ts'
import { MulticastReceiver } from '#transfer/multicast/receiver.ts'
import { MulticastSender } from '#transfer/multicast/sender.ts'
import { Link } from '../testing/link.ts'
import { operationContext } from '../testing/operation-context.ts'
import { multicastTransfer, take } from './multicast.ts'
import { unicastTransfer } from './unicast.ts'

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
    { isLost: false, back: undefined, leave: () => undefined, network: { received: 0 }, source },
    { packs: [], intake, onReceived: () => undefined, onDamaged: () => undefined },
  )
  const end = taken.catch((cause: unknown) => cause).finally(() => { isOver = true })
  await new Promise((resolve) => { setTimeout(resolve, 200) })
  expect(isOver).toBe(false)
  checking.resolve()
  expect(await end).toMatchObject({ message: 'cut off' })
})

test('whose connection was lost takes from the session what that is still to bring, and the rest by unicast', async () => {
  const repository = await LocalRepository.open(join(folder, 'repository'))
  const store = await CacheStore.open(join(folder, 'cache'))
  const packs = Array.from({ length: 12 }, (_, seed) => packOf([1, 2].map((half) => Buffer.alloc(400_000, `${seed} ${half}`))))
  for (const pack of packs) await repository.putPack(pack)
  const segments = packs.map(({ id, size }) => ({ pack: id, offset: 0, length: size }))
  /** All of it takes five seconds. */
  const network = {
    group: '239.194.7.13', port: 9000, mode: 'full-duplex' as const, speed: 16, maxClients: 9, maxWait: 5, loopback: true, interface: '127.0.0.1',
  }
  const sender = new MulticastSender({ source: repository, segments, network, expected: 2 })
  const other = new Link()
  sender.join('other', other.consoles)
  const receiver = new MulticastReceiver(other.agents, { fallback: repository, interface: network.interface })
  const running = sender.run()
  onTestFinished(async () => {
    receiver.leave('done')
    await running
    await store.close()
    await repository.close()
  })

  const links: Link[] = []
  const log: string[] = []
  const context = operationContext(log, {
    state: folder, openRepository: () => repository,
    openChannel: () => {
      const link = new Link()
      links.push(link)
      sender.join('one', link.consoles)
      return link.agents
    },
  })
  /** Nothing comes by unicast while the computer is away. */
  let isAway = false
  const fetched = new Set<string>()
  const source: ChunkSource = {
    manifest: (id) => repository.manifest(id),
    packTail: (id, length) => repository.packTail(id, length),
    async packRange(id, offset, length, options) {
      if (isAway) await sleep(5000, undefined, { signal: options?.signal })
      fetched.add(id)
      return repository.packRange(id, offset, length)
    },
  }
  const bring = multicastTransfer({ source, repository: { url: 'http://127.0.0.1:1', token: '' }, unicast: unicastTransfer({ source }), context })
  let received = 0
  const brought = bring({
    packs, intake: store, onDamaged: () => undefined,
    onReceived: (bytes) => {
      received += bytes
      if (received < 1_500_000 || links.length > 1 || isAway) return
      isAway = true
      links[0]!.lose()
    },
  })
  await expect.poll(() => log.at(-1), { timeout: 5000 }).toContain('joins a transmission')
  isAway = false
  await brought
  expect(await store.missing(packs.map(({ id }) => id))).toEqual([])
  expect(received).toBe(packs.reduce((sum, { size }) => sum + size, 0))
  expect(fetched.size).toBeGreaterThan(0)
  expect(fetched.size).toBeLessThan(7)
})
