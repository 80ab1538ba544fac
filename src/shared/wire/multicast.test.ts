import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from './bytes.ts'
import { decodeMulticast, encodeMulticast, MAX_MIXED, MAX_UNITS, sessionOf, TAG_LENGTH, UNIT, writeMulticast, type MulticastPacket } from './multicast.ts'
import { describeCodec } from '../../../tests/support/codec-suite.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const header = { session: u32, seq: u32, unit: u32 }
const payload = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const behind = fc.uniqueArray(fc.integer({ min: 1, max: 0xffff }), { minLength: 1, maxLength: MAX_MIXED - 1 }).map((list) => list.toSorted((a, b) => a - b))

const packets: fc.Arbitrary<MulticastPacket> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), ...header, payload: fc.uint8Array({ minLength: 1, maxLength: 64 }) }),
  fc.record({ kind: fc.constant('mixed' as const), ...header, behind, payload: payload(UNIT) }),
  fc.record({ kind: fc.constant('position' as const), ...header }),
)

describeCodec('multicast', { encode: encodeMulticast, decode: decodeMulticast, values: packets })

const position = encodeMulticast({ kind: 'position', session: 7, seq: 1, unit: 2 })
const changed = (bytes: Uint8Array, at: number, value: number) => bytes.with(at, value)

describe('multicast packets', () => {
  test('have the layout that docs/multicast.md gives', () => {
    expect(Buffer.from(encodeMulticast({ kind: 'data', session: 0x01020304, seq: 5, unit: 6, payload: Uint8Array.of(0xaa, 0xbb) })).toString('hex'))
      .toBe('434d0101 01020304 00000005 00000006 aabb'.replaceAll(' ', ''))
    expect(Buffer.from(encodeMulticast({ kind: 'mixed', session: 1, seq: 2, unit: 3, behind: [1, 258], payload: new Uint8Array(UNIT) })).toString('hex'))
      .toBe(`434d0102 00000001 00000002 00000003 00010102 ${'00'.repeat(UNIT)}`.replaceAll(' ', ''))
  })

  test('of one unit fit into an Ethernet frame, mixed ones too', () => {
    const distances = Array.from({ length: MAX_MIXED - 1 }, (_, index) => index + 1)
    const packet = encodeMulticast({ kind: 'mixed', session: 1, seq: 2, unit: 3, behind: distances, payload: new Uint8Array(UNIT) })
    expect(packet.length + TAG_LENGTH).toBeLessThanOrEqual(1500 - 20 - 8)
    const largest = encodeMulticast({ kind: 'data', session: 1, seq: 2, unit: 3, payload: new Uint8Array(MAX_UNITS * UNIT) })
    expect(largest.length + TAG_LENGTH).toBeLessThanOrEqual(65_507)
  })

  test.each([
    ['truncated', position.slice(0, 15)],
    ['not-ours', changed(position, 0, 0)],
    ['unknown-version', changed(position, 2, 2)],
    ['unknown-kind', changed(position, 3, 9)],
    ['wrong-length', Uint8Array.of(...position, 0)],
    ['wrong-length', changed(position, 3, 1)],
    ['wrong-length', changed(position, 3, 2)],
    ['wrong-order', Uint8Array.of(...changed(position, 3, 2), 0, 2, 0, 2, ...new Uint8Array(UNIT))],
    ['wrong-order', Uint8Array.of(...changed(position, 3, 2), 0, 0, ...new Uint8Array(UNIT))],
  ])('refuses: %s', (reason, bytes) => {
    expect(() => decodeMulticast(bytes)).toThrow(expect.objectContaining({ reason }))
  })

  test('refuses to write what it would not read', () => {
    const into = new Uint8Array(100_000)
    const data = { kind: 'data' as const, session: 1, seq: 2, unit: 3 }
    expect(() => writeMulticast({ ...data, payload: new Uint8Array(0) }, into)).toThrow(RangeError)
    expect(() => writeMulticast({ ...data, payload: new Uint8Array(MAX_UNITS * UNIT + 1) }, into)).toThrow(RangeError)
    expect(() => writeMulticast({ ...data, unit: 2 ** 32, payload: new Uint8Array(1) }, into)).toThrow(RangeError)
    expect(() => writeMulticast({ ...data, kind: 'mixed', behind: [2, 1], payload: new Uint8Array(UNIT) }, into)).toThrow(RangeError)
  })

  test('tells the session of what may be ours before anything else is looked at', () => {
    expect(sessionOf(Uint8Array.of(...position, ...new Uint8Array(TAG_LENGTH)))).toBe(7)
    expect(sessionOf(position)).toBeUndefined()
    expect(sessionOf(new Uint8Array(64))).toBeUndefined()
  })

  test('a million damaged ones are read or refused, and nothing else happens', () => {
    const random = xorshift(0x5eed)
    const samples = fc.sample(packets, { numRuns: 200, seed: 1 }).map((packet) => encodeMulticast(packet))
    let refused = 0
    for (let round = 0; round < 1_000_000; round += 1) {
      const sample = samples[random() % samples.length]!
      const bytes = sample.slice(0, random() % 4 === 0 ? random() % (sample.length + 1) : sample.length)
      for (let edit = random() % 4; edit > 0 && bytes.length > 0; edit -= 1) bytes[random() % Math.min(bytes.length, 24)] = random()
      try {
        decodeMulticast(bytes)
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        refused += 1
      }
    }
    expect(refused).toBeGreaterThan(100_000)
    expect(refused).toBeLessThan(1_000_000)
  })
})

/** Marsaglia's xorshift32: the same damage in every run. */
function xorshift(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}
