import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToMac } from './addresses.ts'
import { describeCodec } from '../../../tests/support/codec-suite.ts'
import { decodeMagicPacket, encodeMagicPacket } from './wol.ts'

const mac = fc.uint8Array({ minLength: 6, maxLength: 6 }).map(bytesToMac)
const password = fc.oneof(...[4, 6].map((length) => fc.uint8Array({ minLength: length, maxLength: length })))

describeCodec('magic packet', {
  encode: encodeMagicPacket,
  decode: decodeMagicPacket,
  values: fc.oneof(fc.record({ mac }), fc.record({ mac, password })),
})

describe('magic packet', () => {
  test('is six FF bytes and sixteen times the address', () => {
    const bytes = encodeMagicPacket({ mac: '52:54:00:77:00:01' })
    expect(bytes).toHaveLength(102)
    expect([...bytes.subarray(0, 12)]).toEqual([255, 255, 255, 255, 255, 255, 0x52, 0x54, 0, 0x77, 0, 1])
  })

  test.each([
    ['no-synchronisation', (bytes: Uint8Array) => bytes.fill(0, 5, 6)],
    ['bad-length', (bytes: Uint8Array) => bytes.subarray(0, 101)],
    ['mac-not-repeated', (bytes: Uint8Array) => bytes.fill(9, 101)],
  ])('is refused: %s', (reason, damage) => {
    const bytes = damage(encodeMagicPacket({ mac: '52:54:00:77:00:01' }))
    expect(() => decodeMagicPacket(bytes)).toThrow(expect.objectContaining({ reason }))
  })

  test('takes a password of 4 or 6 bytes only', () => {
    expect(() => encodeMagicPacket({ mac: '52:54:00:77:00:01', password: new Uint8Array(5) })).toThrow(RangeError)
    expect(() => encodeMagicPacket({ mac: '52:54:00:77:00' })).toThrow(RangeError)
  })
})
