import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { TorrentConsoleMessage, type TorrentOffer } from '#shared/contract/torrent.ts'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import { ComputerId, OperationId, type Sha256Hex } from '#shared/domain/ids.ts'
import { LocalRepository } from '#image/index.ts'
import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'
import { decodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { encodeHandshake } from '#shared/wire/bittorrent/peer-messages.ts'
import { Throttle } from '#transfer/throttle.ts'
import { downloadTorrent } from '#transfer/torrent/download.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'
import { inFolder } from '#transfer/torrent/storage.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import { torrentRoutes } from './torrents-http.ts'
import type { TorrentRepository } from './torrents-image.ts'
import { createTorrents, type Torrents } from './torrents.ts'

const FIXTURE = join(import.meta.dirname, '../../../tests/fixtures/formats/v1/repository')

let folder: string
let repository: LocalRepository
let manifest: Sha256Hex
let torrents: Torrents
let server: Server
let base: string
let throttle: Throttle
const seedSeconds = 1

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-torrents-'))
  repository = await LocalRepository.open(FIXTURE, { create: false })
  manifest = (await repository.listManifests())[0] as Sha256Hex
  server = createServer((request, response) => void torrentRoutes({
    torrents,
    authorize: ({ headers }) => headers.authorization === undefined ? undefined : { read: headers.authorization === 'Bearer right', write: false },
  })(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  base = `http://127.0.0.1:${(server.address() as { port: number }).port}/torrent`
  throttle = new Throttle(() => undefined)
  torrents = made()
  await torrents.listen('127.0.0.1', 0)
})
afterEach(async () => {
  await torrents.stop()
  await torrents.silence()
  server.closeAllConnections()
  server.close()
  await repository.close()
  await rm(folder, { recursive: true, force: true })
})

function made(from: TorrentRepository = repository, ip: (computer: number) => string = () => '127.0.0.1'): Torrents {
  return createTorrents({
    inventory: {
      computers: { get: (id: number) => ({ classroomId: 1, ip: ip(id) }) },
      tree: { classroom: () => ({ network: { ...defaultNetworkProperties, p2pMode: 'leecher', p2pTime: seedSeconds } }) },
    } as never,
    repository: from, folder: join(folder, 'torrents'), url: () => base, throttle,
    log: { info: () => undefined, warn: () => undefined },
  })
}

const operation = (id: number, wanted: string = manifest, method = 'TORRENT-CACHE'): OperationRecord =>
  ({ id: OperationId.parse(id), computerId: ComputerId.parse(1), task: { kind: 'updateCache', manifest: wanted, method } }) as OperationRecord

interface Agent { heard: TorrentConsoleMessage[]; join: () => void; close: () => void; answer: () => Promise<TorrentConsoleMessage> }

/** The other end of an operation's channel. */
function agent(of: OperationRecord): Agent {
  let listener: ChannelListener | undefined
  const heard: TorrentConsoleMessage[] = []
  const channel: ControlChannel<unknown> = {
    send: (message) => heard.push(TorrentConsoleMessage.parse(message)),
    listen: (given) => { listener = given },
  }
  torrents.opened(of, channel)
  return {
    heard,
    join: () => listener?.message({ type: 'join' }),
    close: () => listener?.closed(),
    answer: () => vi.waitFor(() => {
      const answer = heard.findLast(({ type }) => type === 'offer' || type === 'unavailable')
      if (!answer) throw new Error('no answer')
      return answer
    }, { timeout: 10_000 }),
  }
}

async function offered(id: number): Promise<TorrentOffer> {
  const member = agent(operation(id))
  member.join()
  const answer = await member.answer()
  if (answer.type !== 'offer') throw new Error(JSON.stringify(answer))
  return answer
}

const file = (url: string, token: string): Promise<Response> => fetch(url, { headers: { authorization: `Bearer ${token}` } })

describe('an operation that joins', () => {
  test('is told where all is, and with the properties of its room', async () => {
    const { infoHash, file: url, trackers, mode, seedSeconds: seconds } = await offered(1)
    expect({ url, trackers, mode, seconds }).toEqual({ url: `${base}/${infoHash}.torrent`, trackers: [`${base}/announce`], mode: 'leecher', seconds: 1 })
  })

  test('gets the torrent file for its token, and the image from the seed', async () => {
    const { infoHash, file: url, trackers, mode } = await offered(1)
    const torrent = await torrentOf(decodeMetainfo(new Uint8Array(await (await file(url, 'right')).arrayBuffer())))
    expect(Buffer.from(torrent.infoHash).toString('hex')).toBe(infoHash)
    const result = await downloadTorrent({ torrent, places: inFolder(join(folder, 'client')), trackers, mode, seedSeconds: 0, host: '127.0.0.1' })
    expect(result).toMatchObject({ complete: true })
    expect(result.downloaded).toBeGreaterThan(1000)
  })

  test('shares torrent and seed with the others, and may ask again', async () => {
    const all = await Promise.all([offered(1), offered(2), offered(1)])
    expect(new Set(all.map(({ infoHash }) => infoHash)).size).toBe(1)
    expect(await readdir(join(folder, 'torrents'))).toHaveLength(1)
  })

  test('hears that there will be no swarm of what is not there, nor while the port is closed', async () => {
    const unknown = agent(operation(1, 'ab'.repeat(32)))
    unknown.join()
    expect(await unknown.answer()).toEqual({ type: 'unavailable', reason: 'noTorrent' })
    await torrents.silence()
    const closed = agent(operation(2))
    closed.join()
    expect(await closed.answer()).toEqual({ type: 'unavailable', reason: 'portClosed' })
  })

  test('by another method is not answered', async () => {
    const other = agent(operation(1, manifest, 'UNICAST-CACHE'))
    other.join()
    await new Promise((resolve) => { setTimeout(resolve, 100) })
    expect(other.heard).toEqual([])
  })
})

describe('over HTTP', () => {
  test('the torrent file is for those who may read', async () => {
    const { file: url } = await offered(1)
    expect((await fetch(url)).status).toBe(401)
    expect((await file(url, 'wrong')).status).toBe(403)
    expect((await file(`${base}/${'0'.repeat(40)}.torrent`, 'right')).status).toBe(404)
    expect((await file(`${base}/../etc/passwd`, 'right')).status).toBe(404)
  })

  test('the tracker knows the swarms that there are, and no other', async () => {
    const { infoHash, trackers } = await offered(1)
    const announce = async (hash: string): Promise<string> => {
      const bytes = (hash.match(/../g) ?? []).map((byte) => `%${byte}`).join('')
      return (await fetch(`${trackers[0]}?info_hash=${bytes}&peer_id=aaaaaaaaaaaaaaaaaaaa&port=1&uploaded=0&downloaded=0&left=1&compact=1`)).text()
    }
    expect(await announce(infoHash)).toContain('complete')
    expect(await announce('0'.repeat(40))).toContain('no such torrent')
  })
})

describe('a swarm', () => {
  test('is there for the P2P time after its last operation, and then gone', async () => {
    const { infoHash } = await offered(1)
    await offered(2)
    torrents.ended(OperationId.parse(1))
    torrents.ended(OperationId.parse(2))
    expect(torrents.find(infoHash)).toBeDefined()
    await vi.waitFor(() => expect(torrents.find(infoHash)).toBeUndefined(), { timeout: 3000 })
  })

  test('that somebody joins meanwhile stays', async () => {
    const { infoHash } = await offered(1)
    torrents.ended(OperationId.parse(1))
    await offered(2)
    await new Promise((resolve) => { setTimeout(resolve, 1300) })
    expect(torrents.find(infoHash)).toBeDefined()
  })

  test('seeds again when the port was closed and is open again', async () => {
    const { trackers, file: url } = await offered(1)
    await torrents.silence()
    await torrents.listen('127.0.0.1', 0)
    const torrent = await torrentOf(decodeMetainfo(new Uint8Array(await (await file(url, 'right')).arrayBuffer())))
    expect(await downloadTorrent({ torrent, places: inFolder(join(folder, 'client')), trackers, mode: 'peer', seedSeconds: 0, host: '127.0.0.1' }))
      .toMatchObject({ complete: true })
  })

  test('seeds at the port that is open when its torrent is made, and keeps nobody who has gone by then', async () => {
    const { promise: held, resolve } = Promise.withResolvers<void>()
    await torrents.silence()
    torrents = made({
      manifest: (id) => held.then(() => repository.manifest(id)),
      manifestPath: (id) => repository.manifestPath(id), packPath: (id) => repository.packPath(id),
    })
    await torrents.listen('127.0.0.1', 0)
    const [member, gone] = [agent(operation(1)), agent(operation(2))]
    for (const each of [member, gone]) each.join()
    gone.close()
    for (let restarts = 0; restarts < 2; restarts += 1) {
      await torrents.silence()
      await torrents.listen('127.0.0.1', 0)
    }
    resolve()
    const { trackers, file: url } = await member.answer() as TorrentOffer
    const torrent = await torrentOf(decodeMetainfo(new Uint8Array(await (await file(url, 'right')).arrayBuffer())))
    expect(await downloadTorrent({
      torrent, places: inFolder(join(folder, 'client')), trackers, mode: 'peer', seedSeconds: 0, host: '127.0.0.1', signal: AbortSignal.timeout(4000),
    })).toMatchObject({ complete: true })
    const isTold = ({ heard }: Agent): boolean => heard.some(({ type }) => type === 'members')
    await expect.poll(() => isTold(member), { timeout: 5000 }).toBe(true)
    expect(isTold(gone)).toBe(false)
  })

  test('has a place for its members, whoever else has taken all of them', async () => {
    const { infoHash, file: url, trackers } = await offered(1)
    for (let stranger = 1; stranger <= 80; stranger += 1) {
      const socket = connect({ port: torrents.port() ?? 0, host: '127.0.0.1', localAddress: `127.0.78.${stranger}` })
      onTestFinished(() => void socket.destroy())
      socket.on('error', () => undefined)
      socket.write(encodeHandshake({ infoHash: Buffer.from(infoHash, 'hex'), peerId: randomBytes(20), fast: true }))
      await once(socket, 'data')
    }
    const torrent = await torrentOf(decodeMetainfo(new Uint8Array(await (await file(url, 'right')).arrayBuffer())))
    expect(await downloadTorrent({
      torrent, places: inFolder(join(folder, 'client')), trackers, mode: 'peer', seedSeconds: 0, host: '127.0.0.1', signal: AbortSignal.timeout(4000),
    })).toMatchObject({ complete: true })
  })

  test('hears who takes the image as well, when somebody comes and when he is through', async () => {
    const addresses = new Map([[1, '10.0.0.1'], [2, '10.0.0.2'], [3, '']])
    torrents = made(repository, (id) => addresses.get(id) ?? '')
    await torrents.listen('127.0.0.1', 0)
    const [one, two, three] = [1, 2, 3].map((id) => agent({ ...operation(id), computerId: ComputerId.parse(id) }))
    const hears = async (expected: string[]): Promise<void> => {
      const last = (): unknown => one!.heard.findLast(({ type }) => type === 'members')
      await expect.poll(last, { timeout: 5000 }).toEqual({ type: 'members', addresses: expected })
    }
    for (const each of [one!, two!, three!]) {
      each.join()
      await each.answer()
    }
    await hears(['10.0.0.1', '10.0.0.2'])
    torrents.ended(OperationId.parse(2))
    await hears(['10.0.0.1'])
  })

  test('sends within the limit of all that the console sends, as it is at the moment', async () => {
    const passed = vi.spyOn(throttle, 'pass')
    const { trackers, file: url } = await offered(1)
    const torrent = await torrentOf(decodeMetainfo(new Uint8Array(await (await file(url, 'right')).arrayBuffer())))
    const { downloaded } = await downloadTorrent({
      torrent, places: inFolder(join(folder, 'client')), trackers, mode: 'peer', seedSeconds: 0, host: '127.0.0.1',
    })
    expect(passed.mock.calls.reduce((sum, [bytes]) => sum + bytes, 0)).toBeGreaterThanOrEqual(downloaded)
  })

  test('of an image that is gone leaves no torrent behind', async () => {
    await offered(1)
    await writeFile(join(folder, 'torrents', `${'cd'.repeat(32)}-${'0'.repeat(40)}.torrent`), '')
    torrents.ended(OperationId.parse(1))
    await torrents.stop()
    await offered(2)
    expect(await readdir(join(folder, 'torrents'))).toHaveLength(1)
  })
})
