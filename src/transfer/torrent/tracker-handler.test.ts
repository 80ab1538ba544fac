import { once } from 'node:events'
import { createServer } from 'node:http'
import { expect, onTestFinished, test } from 'vitest'
import { TrackerRefusal, decodeAnnounceAnswer, decodeScrapeAnswer, encodeAnnounce, type Announce } from '#shared/wire/bittorrent/tracker.ts'
import { trackerHandler, type TrackerOptions } from './tracker-handler.ts'

const infoHash = new Uint8Array(20).fill(0xab)
const announce: Announce = { infoHash, peerId: new Uint8Array(20).fill(1), port: 7000, uploaded: 0, downloaded: 0, left: 10, compact: true, event: 'started' }

/** @returns gets a path of a server with the tracker in it */
async function tracker(options: Partial<TrackerOptions> = {}): Promise<(path: string, method?: string) => Promise<Response>> {
  const handle = trackerHandler({ allowed: (hash) => hash === 'ab'.repeat(20), ...options })
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const bound = server.address()
  const port = typeof bound === 'object' && bound ? bound.port : 0
  return (path, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
}

const bytes = async (response: Response): Promise<Uint8Array> => new Uint8Array(await response.arrayBuffer())

test('tells peers about each other, and about the seed on its own machine', async () => {
  const get = await tracker({ seedPort: () => 6881, interval: 12 })
  expect(decodeAnnounceAnswer(await bytes(await get(`/announce?${encodeAnnounce(announce)}`)))).toEqual({
    interval: 12, seeds: 1, leechers: 1, peers: [{ host: '127.0.0.1', port: 6881 }],
  })
  const second = await get(`/some/token/announce?${encodeAnnounce({ ...announce, port: 7001, compact: false })}`)
  expect(decodeAnnounceAnswer(await bytes(second)).peers).toEqual([{ host: '127.0.0.1', port: 6881 }, { host: '127.0.0.1', port: 7000 }])
})

test('counts peers of the torrents that it is for', async () => {
  const get = await tracker()
  await get(`/announce?${encodeAnnounce({ ...announce, left: 0, event: 'completed' })}`)
  const scrape = await get(`/scrape?info_hash=${'%AB'.repeat(20)}&info_hash=${'%AC'.repeat(20)}`)
  expect(decodeScrapeAnswer(await bytes(scrape))).toEqual([{ infoHash, seeds: 1, leechers: 0, completed: 1 }])
})

test('is for no other torrents', async () => {
  const get = await tracker()
  const answer = await bytes(await get(`/announce?${encodeAnnounce({ ...announce, infoHash: new Uint8Array(20) })}`))
  expect(() => decodeAnnounceAnswer(answer)).toThrow(new TrackerRefusal('no such torrent'))
})

test.each(['/announce', '/announce?info_hash=%zz', '/scrape?info_hash=short'])('says what is wrong with %s', async (path) => {
  const response = await (await tracker())(path)
  expect(response.status).toBe(200)
  expect(await response.text()).toMatch(/^d14:failure reason/)
})

test.each([['/', 'GET'], ['/announce', 'POST'], ['/announcements', 'GET']])('leaves %s (%s) to others', async (path, method) => {
  expect((await (await tracker())(path, method)).status).toBe(404)
})
