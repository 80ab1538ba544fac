import { createHmac, randomBytes } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Seal } from './seal.ts'

const key = randomBytes(32)

function sealed(seal: Seal, body: Uint8Array): Buffer {
  const frame = seal.frame()
  frame.body.set(body)
  return Buffer.from(seal.close(frame, body.length))
}

describe('Seal', () => {
  test('is HMAC-SHA-256, cut to 128 bits', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (body) => {
      const tag = createHmac('sha256', key).update(body).digest().subarray(0, 16)
      expect(sealed(new Seal(key), body)).toEqual(Buffer.concat([body, tag]))
    }))
  })

  test('opens what was closed under the same key', () => {
    const seal = new Seal(key)
    fc.assert(fc.property(fc.uint8Array({ maxLength: 3000 }), (body) => {
      expect(new Uint8Array(seal.open(sealed(seal, body))!)).toEqual(body)
    }))
  })

  test('refuses any flipped bit, another key, and what is too short or too long', () => {
    const seal = new Seal(key)
    const datagram = sealed(seal, randomBytes(40))
    for (let bit = 0; bit < datagram.length * 8; bit += 1) {
      const flipped = Buffer.from(datagram)
      flipped[bit >>> 3]! ^= 1 << (bit & 7)
      expect(seal.open(flipped)).toBeUndefined()
    }
    expect(new Seal(randomBytes(32)).open(datagram)).toBeUndefined()
    expect(seal.open(datagram.subarray(0, 15))).toBeUndefined()
    expect(seal.open(Buffer.alloc(65_507))).toBeUndefined()
    expect(() => new Seal(randomBytes(16))).toThrow(RangeError)
  })
})
