import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { describeCodec } from '../../../../tests/support/codec-suite.ts'
import { Bitfield, decodeBitfield } from './bitfield.ts'
import { PeerMessageReader } from './frames.ts'
import {
  HANDSHAKE_LENGTH, decodeHandshake, decodePeerMessage, encodeHandshake, encodePeerMessage, encodePeerMessages, encodePieceHeader, type PeerMessage,
} from './peer-messages.ts'

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const id20 = fc.uint8Array({ minLength: 20, maxLength: 20 })
const bytes = fc.uint8Array({ maxLength: 60 })
const kind = <K extends string>(...kinds: K[]) => fc.constantFrom(...kinds)

const message: fc.Arbitrary<PeerMessage> = fc.oneof(
  fc.record({ kind: kind('keepAlive', 'choke', 'unchoke', 'interested', 'notInterested', 'haveAll', 'haveNone') }),
  fc.record({ kind: kind('have', 'suggest', 'allowedFast'), piece: u32 }),
  fc.record({ kind: kind('bitfield'), bits: bytes }),
  fc.record({ kind: kind('request', 'cancel', 'reject'), piece: u32, begin: u32, length: u32 }),
  fc.record({ kind: kind('piece'), piece: u32, begin: u32, block: bytes }),
  fc.record({ kind: kind('unknown'), id: fc.integer({ min: 0x12, max: 0xff }), payload: bytes }),
)

describeCodec('handshake', { encode: encodeHandshake, decode: decodeHandshake, values: fc.record({ infoHash: id20, peerId: id20, fast: fc.boolean() }) })
describeCodec('peer message', {
  encode: (value) => encodePeerMessage(value).slice(4), decode: (bytes) => decodePeerMessage(bytes), values: message,
})

const pieces = fc.integer({ min: 1, max: 40 })
const bitfield = pieces.chain((length) => fc.array(fc.integer({ min: 0, max: length - 1 })).map((set) => {
  const bits = new Bitfield(length)
  for (const piece of set) bits.set(piece)
  return bits
}))

describe('bitfield', () => {
  test('comes back as it went', () => {
    fc.assert(fc.property(bitfield, (bits) => {
      const back = decodeBitfield(bits.encode(), bits.length)
      expect(back.encode()).toEqual(bits.encode())
      expect(back.count).toBe(bits.count)
    }))
  })

  test('is refused with bits behind the last piece, and at another length', () => {
    expect(() => decodeBitfield(Uint8Array.of(0xff, 0x20), 10)).toThrow(expect.objectContaining({ reason: 'spare-bits' }))
    expect(() => decodeBitfield(Uint8Array.of(0xff), 10)).toThrow(expect.objectContaining({ reason: 'bad-length' }))
  })

  test('puts piece 0 into the highest bit', () => {
    const bits = new Bitfield(9)
    bits.set(0)
    bits.set(8)
    expect([...bits.encode()]).toEqual([0x80, 0x80])
    bits.clear(0)
    expect([bits.has(0), bits.has(8), bits.count, bits.complete, Bitfield.full(9).complete]).toEqual([false, true, 1, false, true])
  })
})

test('a header and its block are a message', () => {
  const block = Uint8Array.of(1, 2, 3)
  expect([...encodePieceHeader(0xfedc_ba98, 70_000, 3), ...block]).toEqual([...encodePeerMessage({ kind: 'piece', piece: 0xfedc_ba98, begin: 70_000, block })])
})

describe('PeerMessageReader', () => {
  const handshake = encodeHandshake({ infoHash: new Uint8Array(20).fill(1), peerId: new Uint8Array(20).fill(2), fast: true })

  test('reads the same messages however the stream is cut', () => {
    fc.assert(fc.property(fc.array(message, { maxLength: 8 }), fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1 }), (messages, cuts) => {
      const stream = Uint8Array.from([...handshake, ...encodePeerMessages(messages)])
      const reader = new PeerMessageReader(200)
      const read: PeerMessage[] = []
      /** What one views is good until the next one. */
      const keep = (messages: Iterable<PeerMessage>) => { for (const message of messages) read.push(structuredClone(message)) }
      let shaken = false
      for (let at = 0, cut = 0; at < stream.length; cut += 1) {
        const chunk = stream.subarray(at, at + cuts[cut % cuts.length]!)
        at += chunk.length
        if (shaken) keep(reader.messages(chunk))
        else if (reader.handshake(chunk)) {
          shaken = true
          keep(reader.messages(new Uint8Array(0)))
        }
      }
      expect(shaken).toBe(true)
      expect(read).toEqual(messages)
    }))
  })

  test('keeps what came with the handshake when its memory is read into again', () => {
    const reader = new PeerMessageReader(100)
    const memory = Buffer.from([...handshake, ...encodePeerMessage({ kind: 'have', piece: 7 })])
    reader.handshake(memory)
    memory.fill(0xff)
    expect([...reader.messages(new Uint8Array(0))]).toEqual([{ kind: 'have', piece: 7 }])
  })

  test('refuses a message that is too long before it has come', () => {
    const reader = new PeerMessageReader(100)
    expect(reader.handshake(handshake)).toBeDefined()
    expect(() => [...reader.messages(Uint8Array.of(0, 0, 0, 101))]).toThrow(expect.objectContaining({ reason: 'too-long' }))
  })

  test('knows a stranger by his first words', () => {
    const reader = new PeerMessageReader(100)
    expect(() => reader.handshake(new Uint8Array(HANDSHAKE_LENGTH).fill(71))).toThrow(expect.objectContaining({ reason: 'not-bittorrent' }))
  })
})
