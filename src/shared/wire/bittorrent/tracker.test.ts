import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToText, textToBytes } from '../bytes.ts'
import { describeCodec } from '../../../../tests/support/codec-suite.ts'
import { encodeBencode, type Bencoded } from './bencode.ts'
import {
  TrackerRefusal, decodeAnnounce, decodeAnnounceAnswer, decodeScrape, decodeScrapeAnswer, encodeAnnounce, encodeAnnounceAnswer, encodeRefusal, encodeScrapeAnswer,
  type Announce,
} from './tracker.ts'

const id20 = fc.uint8Array({ minLength: 20, maxLength: 20 })
const count = fc.maxSafeInteger().map(Math.abs)
const announce: fc.Arbitrary<Announce> = fc.record(
  {
    infoHash: id20, peerId: id20, port: fc.integer({ min: 1, max: 65_535 }), uploaded: count, downloaded: count, left: count, compact: fc.boolean(),
    event: fc.constantFrom('started', 'stopped', 'completed'), wanted: count,
  },
  { requiredKeys: ['infoHash', 'peerId', 'port', 'uploaded', 'downloaded', 'left', 'compact'] },
)
const peer = fc.record({ host: fc.ipV4(), port: fc.integer({ min: 0, max: 65_535 }) })
const answer = fc.record({ interval: count, seeds: count, leechers: count, peers: fc.array(peer, { maxLength: 5 }) })
const entries = fc.uniqueArray(fc.record({ infoHash: id20, seeds: count, leechers: count, completed: count }), {
  maxLength: 4, selector: ({ infoHash }) => bytesToText(infoHash),
}).map((list) => list.toSorted((a, b) => (bytesToText(a.infoHash) < bytesToText(b.infoHash) ? -1 : 1)))

describeCodec('announce', {
  encode: (value) => textToBytes(encodeAnnounce(value)), decode: (bytes) => decodeAnnounce(bytesToText(bytes)), values: announce,
})
describeCodec('compact answer', { encode: (value) => encodeAnnounceAnswer(value, true), decode: decodeAnnounceAnswer, values: answer })
describeCodec('long answer', { encode: (value) => encodeAnnounceAnswer(value, false), decode: decodeAnnounceAnswer, values: answer })
describeCodec('scrape answer', { encode: encodeScrapeAnswer, decode: decodeScrapeAnswer, values: entries })

describe('tracker', () => {
  test('a compact peer is four bytes of address and two of port', () => {
    const bytes = encodeAnnounceAnswer({ interval: 30, seeds: 1, leechers: 2, peers: [{ host: '10.0.0.9', port: 6881 }] }, true)
    expect(bytesToText(bytes)).toBe('d8:completei1e10:incompletei2e8:intervali30e5:peers6:\x0a\x00\x00\x09\x1a\xe1e')
  })

  test('a refusal is thrown with its reason', () => {
    expect(() => decodeAnnounceAnswer(encodeRefusal('no such torrent'))).toThrow(new TrackerRefusal('no such torrent'))
  })

  test.each([
    ['port=1&peer_id=x', 'missing'],
    [`port=1&info_hash=short`, 'bad-length'],
    ['port=0', 'bad-port'],
    ['port=70000', 'bad-port'],
    ['port=1e3', 'not-a-number'],
    [`info_hash=%zz`, 'malformed'],
    [`info_hash=${'a'.repeat(5000)}`, 'too-long'],
  ])('an announce is refused: %s (%s)', (query, reason) => {
    expect(() => decodeAnnounce(query)).toThrow(expect.objectContaining({ reason }))
  })

  test('an address that is none is refused', () => {
    const peer = new Map<string, Bencoded>([['ip', textToBytes('console')], ['port', 1]])
    const list = encodeBencode(new Map<string, Bencoded>([['interval', 1], ['peers', [peer]]]))
    expect(() => decodeAnnounceAnswer(list)).toThrow(expect.objectContaining({ reason: 'bad-address' }))
  })

  test('a scrape names any number of torrents', () => {
    expect(decodeScrape(`info_hash=${'a'.repeat(20)}&info_hash=${'%00'.repeat(20)}`)).toEqual([textToBytes('a'.repeat(20)), new Uint8Array(20)])
    expect(() => decodeScrape('info_hash=short')).toThrow(expect.objectContaining({ reason: 'bad-length' }))
  })
})
