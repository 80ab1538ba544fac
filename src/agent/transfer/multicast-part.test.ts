import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ChunkSource } from '#image/index.ts'
import { MulticastReceiver } from '#transfer/multicast/receiver.ts'
import { MulticastSender } from '#transfer/multicast/sender.ts'
import { Link } from '../testing/link.ts'
import { operationContext } from '../testing/operation-context.ts'
import { MulticastPart } from './multicast-part.ts'

const PACK = 'a'.repeat(64)
const PIECE = 100_000
const bytes = randomBytes(40 * PIECE)
const segments = Array.from({ length: bytes.length / PIECE }, (_, at) => ({ pack: PACK, offset: at * PIECE, length: PIECE }))
/** The stream takes four seconds. */
const network = {
  group: '239.194.7.12', port: 9000, mode: 'full-duplex' as const, speed: 8, maxClients: 9, maxWait: 5, loopback: true, interface: '127.0.0.1',
}

/** The repository, and how often something was fetched from it. */
class Repository implements ChunkSource {
  asked = 0
  manifest = () => Promise.reject(new Error('not asked for'))
  packTail = () => Promise.reject(new Error('not asked for'))
  async packRange(_pack: string, offset: number, length: number): Promise<Uint8Array> {
    this.asked += 1
    return bytes.subarray(offset, offset + length)
  }
}

let repository: Repository
let sender: MulticastSender
let log: string[]
let links: Link[]
/** Another one of the class. */
let other: MulticastReceiver
let running: Promise<unknown>
let part: MulticastPart

beforeEach(async () => {
  repository = new Repository()
  sender = new MulticastSender({ source: repository, segments, network, expected: 2 })
  log = []
  links = []
  const link = new Link()
  sender.join('other', link.consoles)
  other = new MulticastReceiver(link.agents, { fallback: repository, interface: network.interface })
  running = sender.run()
  part = await begin()
  await part.stillToCome(segments)
})
afterEach(async () => {
  part.leave()
  other.leave('done')
  await running
})

function begin(): Promise<MulticastPart> {
  const context = operationContext(log, {
    state: '/nowhere',
    openRepository: () => { throw new Error('not asked for') },
    openChannel: () => {
      const link = new Link(links.length !== 1) // the second one is opened before there is a connection again
      links.push(link)
      sender.join('one', link.consoles)
      return link.agents
    },
  })
  return MulticastPart.begin({ wants: segments, fallback: repository, repository: { url: 'http://127.0.0.1:1', token: '' }, marker: 2, context })
}

async function take(at: number): Promise<boolean> {
  return bytes.subarray(at * PIECE, (at + 1) * PIECE).equals(await part.source.packRange(PACK, at * PIECE, PIECE))
}

test('whose connection is lost goes on by unicast at once, and takes part again when it is back', async () => {
  expect(await take(0)).toBe(true)
  const asked = repository.asked
  links[0]!.lose()
  expect([await take(1), await take(39)]).toEqual([true, true])
  expect(repository.asked).toBe(asked + 2)
  expect([part.isLost, await part.stillToCome(segments)]).toEqual([true, []])
  await expect.poll(() => links.length, { timeout: 3000 }).toBe(2)
  links[1]!.isConnected = true
  await part.back
  expect([part.isLost, part.back]).toEqual([false, undefined])
  const [next] = await part.stillToCome(segments)
  const before = part.network.unicast
  expect(await take(next!.offset / PIECE)).toBe(true)
  expect(next!.offset).toBeGreaterThan(PIECE)
  expect(part.network.unicast).toBe(before)
  expect(log.filter((line) => line.includes('239.194.7.12') || line.includes('lost;') || line.includes('connection'))).toEqual([
    expect.stringContaining('starts, 2 computers'),
    expect.stringContaining('the connection with the console is lost; going on by UNICAST'),
    expect.stringContaining('joins a transmission that is under way'),
  ])
})

test('stays with unicast when there is no session any more', async () => {
  links[0]!.lose()
  await expect.poll(() => links.length, { timeout: 3000 }).toBe(2)
  links[1]!.isConnected = true
  links[1]!.consoles.send({ type: 'end' })
  await part.back
  expect([part.isLost, part.back, await part.stillToCome(segments)]).toEqual([true, undefined, []])
  expect(await take(39)).toBe(true)
  expect(links).toHaveLength(2)
  expect(log.at(-1)).toContain('the connection with the console is lost')
})
