import { once } from 'node:events'
import { appendFile, mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { encodeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import { SEED, address, digestsIn, flipBit, madeTorrent, startDownload, startProgram, startSeed, startTracker, temporaryFolder } from './torrent-support.ts'
import { blockOf, callPeer, hostileSeed } from './torrent-hostile.ts'

const CLIENT = join(import.meta.dirname, 'torrent-client.ts')

describe('a client', () => {
  test('that is killed goes on from what it has', async () => {
    const made = await madeTorrent([3_000_000])
    const seed = await startSeed(made)
    const base = await temporaryFolder()
    const [file, folder] = [join(base, 'image.torrent'), join(base, 'client')]
    await writeFile(file, encodeMetainfo(made.torrent.metainfo))
    const args = [CLIENT, file, folder, address(2), `${seed.port.port}`]
    const first = startProgram(process.execPath, [...args, '700000'])
    for await (const chunk of first.child.stdout!) if (Number(/pieces (\d+)/.exec(`${chunk}`)?.[1]) >= 15) break
    first.child.kill('SIGKILL')
    await once(first.child, 'exit')
    const second = startProgram(process.execPath, args)
    let said = ''
    second.child.stdout!.on('data', (data) => { said += data })
    await second.succeeded()
    expect(Number(/downloaded (\d+)/.exec(said)![1])).toBeLessThanOrEqual(3_000_000 - 15 * 65_536)
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
  })

  test('finds a flipped bit when it checks, and mends it', async () => {
    const made = await madeTorrent([1_000_000, 500_000])
    const seed = await startSeed(made)
    const peers = [{ host: SEED, port: seed.port.port }]
    const { folder, result } = await startDownload(made.torrent, 2, { peers })
    await result
    await flipBit(folder, made.torrent, 7)
    const again = await startDownload(made.torrent, 2, { peers, folder })
    expect(await again.result).toMatchObject({ complete: true, downloaded: 65_536 })
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
  })

  test('fetches only what it lacks, and does not write to files that it had', async () => {
    const made = await madeTorrent([655_360, 655_360, 655_360])
    const seed = await startSeed(made)
    const folder = join(await temporaryFolder(), 'client')
    await mkdir(join(folder, 'packs'), { recursive: true })
    const had = join(folder, 'packs', '1.pack')
    await writeFile(had, await readFile(join(made.folder, 'packs', '1.pack')))
    const { mtimeMs } = await stat(had)
    const { result } = await startDownload(made.torrent, 2, { folder, peers: [{ host: SEED, port: seed.port.port }] })
    expect(await result).toMatchObject({ complete: true, downloaded: 2 * 655_360 })
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    expect((await stat(had)).mtimeMs).toBe(mtimeMs)
  })

  test('puts right files that are too long or too short', async () => {
    const made = await madeTorrent([300_000, 300_000])
    const seed = await startSeed(made)
    const peers = [{ host: SEED, port: seed.port.port }]
    const { folder, result } = await startDownload(made.torrent, 2, { peers })
    await result
    await appendFile(join(folder, 'packs', '0.pack'), 'more')
    await truncate(join(folder, 'packs', '1.pack'), 100_000)
    await (await startDownload(made.torrent, 2, { peers, folder })).result
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
  })

  test('says that the disk does not take it', async () => {
    const made = await madeTorrent([300_000])
    const seed = await startSeed(made)
    const { result } = await startDownload(made.torrent, 2, { peers: [{ host: SEED, port: seed.port.port }], places: () => '/dev/full' })
    await expect(result).rejects.toMatchObject({ result: 'noSpace' })
  })

  test.each(['leecher', 'seeder'] as const)('that is a %s does only that', async (mode) => {
    const made = await madeTorrent([400_000])
    const seed = await startSeed(made)
    const { result } = await startDownload(made.torrent, 2, { mode, seedSeconds: 1, peers: [{ host: SEED, port: seed.port.port }] })
    expect(await result).toEqual(mode === 'leecher' ? { complete: true, downloaded: 400_000, uploaded: 0 } : { complete: false, downloaded: 0, uploaded: 0 })
  })
})

describe('a swarm goes on', () => {
  test('while its console, tracker and first seed, is away', async () => {
    const made = await madeTorrent([4_000_000])
    let seed = await startSeed(made, { limits: { upload: 1_500_000 } })
    const tracker = await startTracker({ seedPort: () => seed.port.port })
    const [trackerPort, seedPort] = [Number(new URL(tracker.url).port), seed.port.port]
    const clients = await Promise.all([2, 3].map((number) => startDownload(made.torrent, number, { trackers: [tracker.url], seedSeconds: 8 })))
    while (seed.figures.uploaded < 1_500_000) await new Promise((resolve) => { setTimeout(resolve, 50) })
    await Promise.all([tracker.close(), seed.close()])
    const late = await startDownload(made.torrent, 4, { trackers: [tracker.url] })
    seed = await startSeed(made, { portNumber: seedPort })
    await startTracker({ port: trackerPort, seedPort: () => seedPort })
    for (const { result, folder } of [...clients, late]) {
      expect(await result).toMatchObject({ complete: true })
      expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    }
  })

  test('when a seed has a damaged piece on its disk: it is not sent, and nobody is banned', async () => {
    const made = await madeTorrent([1_000_000])
    const good = await madeTorrentCopy(made)
    await flipBit(made.folder, made.torrent, 3)
    const damaged: number[] = []
    const seed = await startSeed(made, { onDamage: (piece) => damaged.push(piece) })
    const banned: string[] = []
    const onBan = (host: string) => banned.push(host)
    const { folder, stop, result } = await startDownload(made.torrent, 2, { peers: [{ host: SEED, port: seed.port.port }], onBan })
    while (seed.figures.pieces === 16) await new Promise((resolve) => { setTimeout(resolve, 50) })
    stop()
    await expect(result).rejects.toThrow('aborted')
    const second = await startSeed(good, { at: address(9) })
    const other = await startDownload(made.torrent, 2, { folder, onBan, peers: [{ host: address(9), port: second.port.port }] })
    expect(await other.result).toMatchObject({ complete: true })
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
    expect(damaged).toEqual([3])
    expect(banned).toEqual([])
  })
})

describe('a hostile peer', () => {
  const LIAR = address(66)

  test.each([
    ['a flipped bit', (block: Uint8Array) => { block[5]! ^= 1 }],
    ['rubbish', (block: Uint8Array) => block.fill(7)],
  ])('that sends %s is not listened to any more, and the piece comes from elsewhere', async (_what, damage) => {
    const made = await madeTorrent([2_000_000])
    const bytes = await readFile(join(made.folder, 'packs', '0.pack'))
    const seed = await startSeed(made, { limits: { upload: 2_000_000 } })
    const port = await hostileSeed(LIAR, made.torrent, (request) => {
      const block = blockOf(bytes, made.torrent, request)
      damage(block)
      return [{ kind: 'piece', piece: request.piece, begin: request.begin, block }]
    })
    const banned: string[] = []
    const { result, folder } = await startDownload(made.torrent, 2, {
      peers: [{ host: LIAR, port }, { host: SEED, port: seed.port.port }], onBan: (host) => banned.push(host),
    })
    expect(await result).toMatchObject({ complete: true })
    expect(banned).toEqual([LIAR])
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
  })

  test('that slips one wrong block into a piece that others send is found by comparing', async () => {
    const made = await madeTorrent([65_536])
    const bytes = await readFile(join(made.folder, 'packs', '0.pack'))
    const seed = await startSeed(made, { limits: { upload: 60_000 } })
    const port = await hostileSeed(LIAR, made.torrent, (request) => {
      const block = blockOf(bytes, made.torrent, request)
      block[100]! ^= 1
      return request.begin === 16_384 ? [{ kind: 'piece', piece: request.piece, begin: request.begin, block }] : []
    })
    const banned: string[] = []
    const { result, folder } = await startDownload(made.torrent, 2, {
      peers: [{ host: LIAR, port }, { host: SEED, port: seed.port.port }], onBan: (host) => banned.push(host),
    })
    expect(await result).toMatchObject({ complete: true })
    expect(banned).toEqual([LIAR])
    expect(await digestsIn(folder, made.torrent)).toEqual(made.digests)
  })

  test('that sends nothing of what it promised does not hold up the others', async () => {
    const made = await madeTorrent([400_000])
    const seed = await startSeed(made)
    const port = await hostileSeed(LIAR, made.torrent, () => [])
    const { result } = await startDownload(made.torrent, 2, { peers: [{ host: LIAR, port }, { host: SEED, port: seed.port.port }] })
    expect(await result).toMatchObject({ complete: true })
  })

  test('that refuses everything is asked once', async () => {
    const made = await madeTorrent([400_000])
    let asked = 0
    const port = await hostileSeed(LIAR, made.torrent, ({ piece, begin, length }) => {
      asked += 1
      return [{ kind: 'reject', piece, begin, length }]
    })
    const { stop, result } = await startDownload(made.torrent, 2, { peers: [{ host: LIAR, port }] })
    await new Promise((resolve) => { setTimeout(resolve, 3000) })
    stop()
    await expect(result).rejects.toThrow('aborted')
    expect(asked).toBeGreaterThan(0)
    expect(asked).toBeLessThanOrEqual(50)
  })

  test.each([
    ['a message without end', Buffer.from([0xff, 0xff, 0xff, 0xff, 7])],
    ['a piece that there is not', Buffer.from([0, 0, 0, 5, 4, 0xff, 0xff, 0xff, 0xff])],
    ['a bitfield of another torrent', Buffer.from([0, 0, 0, 2, 5, 0xff])],
    ['a request for what there is not', Buffer.from([0, 0, 0, 13, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff])],
    ['a block that nobody asked for', Buffer.concat([Buffer.from([0, 0, 0, 10, 7, 0, 0, 0, 0, 0, 0, 0, 0]), Buffer.from([1])])],
    ['a half message of a kind', Buffer.from([0, 0, 0, 2, 4, 0])],
  ])('is cut off after %s', async (_what, bytes) => {
    const made = await madeTorrent([2_000_000])
    const seed = await startSeed(made)
    const peer = await callPeer({ host: SEED, port: seed.port.port }, LIAR, made.torrent)
    peer.socket.write(bytes)
    await peer.closed
    expect(seed.figures.peers).toBe(0)
  })

  test('gets no more requests queued than there is room for', async () => {
    const made = await madeTorrent([2_000_000])
    const seed = await startSeed(made, { limits: { upload: 100_000 } })
    const peer = await callPeer({ host: SEED, port: seed.port.port }, LIAR, made.torrent, (self, message) => {
      if (message.kind !== 'unchoke') return
      for (let round = 0; round < 3000; round += 1) self.say({ kind: 'request', piece: round % 30, begin: 0, length: 16_384 })
    })
    peer.say({ kind: 'interested' })
    while (peer.heard.filter(({ kind }) => kind === 'reject').length < 1900) await new Promise((resolve) => { setTimeout(resolve, 20) })
    expect(peer.heard.filter(({ kind }) => kind === 'piece').length).toBeLessThan(100)
  })

  test('has no more connections than there are for one address', async () => {
    const made = await madeTorrent([100_000])
    const seed = await startSeed(made, { limits: { perAddress: 3 } })
    const to = { host: SEED, port: seed.port.port }
    const calls = await Promise.allSettled(Array.from({ length: 12 }, () => callPeer(to, LIAR, made.torrent)))
    await Promise.all(calls.slice(3).map(async (call) => { if (call.status === 'fulfilled') await call.value.closed }))
    expect(seed.figures.peers).toBe(3)
    const friend = await callPeer(to, address(5), made.torrent)
    friend.say({ kind: 'interested' })
    while (!friend.heard.some(({ kind }) => kind === 'unchoke')) await new Promise((resolve) => { setTimeout(resolve, 20) })
  })

  test('that takes all places leaves one to each who comes, from however few addresses it is', async () => {
    const made = await madeTorrent([400_000])
    const seed = await startSeed(made, { limits: { connections: 8, perAddress: 4 } })
    const to = { host: SEED, port: seed.port.port }
    for (let call = 0; call < 8; call += 1) await callPeer(to, address(66 + (call % 2)), made.torrent)
    const clients = await Promise.all([2, 3, 4].map((number) => startDownload(made.torrent, number, { peers: [to] })))
    for (const { result } of clients) expect(await result).toMatchObject({ complete: true })
  })

  test('that has more addresses than there are places keeps none from who is known to belong here, nor comes before him', async () => {
    const made = await madeTorrent([400_000])
    const seed = await startSeed(made, { limits: { connections: 6, slots: 2 }, isMember: (host) => host === address(2) || host === address(3) })
    const to = { host: SEED, port: seed.port.port }
    const strangers = await Promise.all(Array.from({ length: 6 }, (_, number) => callPeer(to, address(66 + number), made.torrent)))
    for (const stranger of strangers) stranger.say({ kind: 'interested' })
    const clients = await Promise.all([2, 3].map((number) => startDownload(made.torrent, number, { peers: [to] })))
    for (const { result } of clients) expect(await result).toMatchObject({ complete: true })
  })

  test('that has more addresses than there are places keeps a client neither from those who belong here and call it, nor from calling them', async () => {
    const made = await madeTorrent([400_000])
    const isMember = (host: string): boolean => [SEED, address(2), address(3), address(4)].includes(host)
    const open = async (number: number): Promise<PeerPort> => {
      const port = await PeerPort.open({ host: address(number), isMember })
      onTestFinished(() => port.close())
      return port
    }
    const [whole, lacking] = [await open(2), await open(3)]
    const early = await startSeed(made)
    const seed = { host: SEED, port: early.port.port }
    await early.close()
    const options = { isMember, limits: { connections: 6 } }
    await startDownload(made.torrent, 2, { ...options, folder: made.folder, port: whole, seedSeconds: 60 })
    const calling = await startDownload(made.torrent, 3, { ...options, port: lacking, peers: [seed] })
    for (const [number, port] of [[2, whole], [3, lacking]] as const) {
      for (let stranger = 66; stranger < 72; stranger += 1) {
        const call = (): Promise<boolean> => callPeer({ host: address(number), port: port.port }, address(stranger), made.torrent).then(() => true, () => false)
        await expect.poll(call).toBe(true) // what it has is checked before it takes anybody
      }
    }
    const called = await startDownload(made.torrent, 4, { peers: [{ host: address(2), port: whole.port }] })
    await startSeed(made, { portNumber: seed.port })
    for (const { result } of [called, calling]) expect(await result).toMatchObject({ complete: true })
  })

  test('cannot keep others waiting at the door', async () => {
    const made = await madeTorrent([400_000])
    const seed = await startSeed(made)
    const to = { host: SEED, port: seed.port.port }
    for (let call = 0; call < 112; call += 1) {
      const socket = connect({ ...to, localAddress: address(66 + (call % 7)) })
      socket.on('error', () => undefined)
      onTestFinished(() => void socket.destroy())
      await once(socket, 'connect')
    }
    const { result } = await startDownload(made.torrent, 2, { peers: [to], signal: AbortSignal.timeout(5000) })
    expect(await result).toMatchObject({ complete: true })
  })

  test('that is of another swarm is turned away', async () => {
    const [made, other] = [await madeTorrent([100_000]), await madeTorrent([100_000])]
    const seed = await startSeed(made)
    await expect(callPeer({ host: SEED, port: seed.port.port }, LIAR, other.torrent)).rejects.toThrow('closed')
  })
})

/** The same torrent, whose files are in another folder. */
async function madeTorrentCopy(made: Awaited<ReturnType<typeof madeTorrent>>) {
  const folder = join(await temporaryFolder(), 'image')
  await mkdir(join(folder, 'packs'), { recursive: true })
  for (const { path } of made.torrent.metainfo.files) await writeFile(join(folder, ...path), await readFile(join(made.folder, ...path)))
  return { ...made, folder }
}
