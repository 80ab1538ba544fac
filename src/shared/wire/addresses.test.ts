import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToMac, ipv4ToNumber, macToBytes, numberToIpv4 } from './addresses.ts'

describe('IPv4', () => {
  test('goes to a number and back', () => {
    expect(ipv4ToNumber('10.77.0.1')).toBe(0x0a4d0001)
    expect(ipv4ToNumber('255.255.255.255')).toBe(0xffffffff)
    fc.assert(fc.property(fc.nat(0xffffffff), (number) => {
      expect(ipv4ToNumber(numberToIpv4(number))).toBe(number)
    }))
  })

  test.each(['', '1.2.3', '1.2.3.4.5', '256.0.0.1', '01.2.3.4', '1.2.3.-4', ' 1.2.3.4'])('refuses %j', (text) => {
    expect(() => ipv4ToNumber(text)).toThrow(RangeError)
  })
})

describe('MAC', () => {
  test('goes to bytes and back', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
      expect(macToBytes(bytesToMac(bytes))).toEqual(bytes)
    }))
  })
})
