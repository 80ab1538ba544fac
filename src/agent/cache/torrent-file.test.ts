import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { TorrentOffer } from '#shared/contract/torrent.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { encodeMetainfo, makeMetainfo } from '#shared/wire/bittorrent/metainfo.ts'
import { hexOf } from '#transfer/torrent/hash.ts'
import { torrentOf } from '#transfer/torrent/revision-torrent.ts'
import { fetchTorrent, type TorrentAnswer } from './torrent-file.ts'

const MANIFEST = Sha256Hex.parse('ab'.repeat(32))
const PACK = Sha256Hex.parse('cd'.repeat(32))
const IMAGE = { manifest: MANIFEST, packs: [PACK] }
const torrent = await torrentOf(makeMetainfo({
  name: MANIFEST, pieceLength: 16_384, pieces: new Uint8Array(20),
  files: [{ path: ['manifests', `${MANIFEST}.manifest`], length: 10 }, { path: ['packs', 'cd', `${PACK}.pack`], length: 20 }],
}))

/** What comes of a console that serves like this. */
async function fetched(serve: RequestListener, image = IMAGE, signal = new AbortController().signal): Promise<TorrentAnswer> {
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const base = `http://127.0.0.1:${(server.address() as { port: number }).port}`
  const offer = TorrentOffer.parse({
    type: 'offer', infoHash: hexOf(torrent.infoHash), file: `${base}/x.torrent`, trackers: [`${base}/announce`], mode: 'peer', seedSeconds: 0,
  })
  return fetchTorrent(offer, { url: base, token: 'right' }, image, signal)
}

const send = (bytes: Uint8Array): RequestListener => (_, response) => void response.end(bytes)
const RIGHT = send(encodeMetainfo(torrent.metainfo))

test('the torrent that was offered is taken, for the token', async () => {
  let shown: string | undefined
  const answer = await fetched((request, response) => {
    shown = request.headers.authorization
    RIGHT(request, response)
  })
  expect(answer).toEqual({ torrent })
  expect(shown).toBe('Bearer right')
})

test.each([
  ['another torrent', send(encodeMetainfo(makeMetainfo({ ...torrent.metainfo, pieces: new Uint8Array(20).fill(1) }))), IMAGE],
  ['no torrent', send(Buffer.from('<html>')), IMAGE],
  ['that of another image', RIGHT, { manifest: PACK, packs: [PACK] }],
  ['that of an image with more packs', RIGHT, { manifest: MANIFEST, packs: [PACK, MANIFEST] }],
])('%s is refused', async (_, serve, image) => {
  expect(await fetched(serve, image)).toEqual({ refusal: 'wrongFile' })
})

test.each([
  ['is not there', (_, response) => void response.writeHead(404).end()],
  ['breaks off', (_, response) => void response.writeHead(200, { 'Content-Length': 100 }).write('d', () => response.destroy())],
] satisfies [string, RequestListener][])('one that %s does not come', async (_, serve) => {
  expect(await fetched(serve)).toEqual({ refusal: 'noFile' })
})

test('who gives up meanwhile hears nothing of it', async () => {
  const stop = new AbortController()
  await expect(fetched(() => stop.abort(new Error('stopped')), IMAGE, stop.signal)).rejects.toThrow('stopped')
})
