import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytesToText } from './bytes.ts'
import { describeCodec } from '../../../tests/support/codec-suite.ts'
import { decodeTftp, encodeTftp, type TftpPacket } from './tftp.ts'

const byte = fc.integer({ min: 1, max: 255 })
const text = fc.array(byte, { maxLength: 40 }).map((bytes) => bytesToText(Uint8Array.from(bytes)))
const name = fc.stringMatching(/^[a-z][a-z0-9/._-]{0,30}$/)
const options = fc.array(fc.tuple(name, text), { maxLength: 5 }).map((entries) => new Map(entries))
const u16 = fc.nat(0xffff)

const packets: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({ op: fc.constantFrom('read' as const, 'write' as const), file: name, mode: fc.constantFrom('octet', 'netascii', 'mail'), options }),
  fc.record({ op: fc.constant('data' as const), block: u16, data: fc.uint8Array({ maxLength: 1468 }) }),
  fc.record({ op: fc.constant('ack' as const), block: u16 }),
  fc.record({ op: fc.constant('error' as const), code: u16, message: text }),
  fc.record({ op: fc.constant('options' as const), options }),
)

describeCodec('TFTP', { encode: encodeTftp, decode: decodeTftp, values: packets })

const ascii = (value: string) => Uint8Array.from(Buffer.from(value, 'latin1'))

describe('TFTP', () => {
  test('reads a request as firmware sends it, names of options in any case', () => {
    expect(decodeTftp(ascii('\0\x01shimx64.efi\0OCTET\0TSIZE\x000\0BlkSize\x001468\0'))).toEqual({
      op: 'read', file: 'shimx64.efi', mode: 'octet', options: new Map([['tsize', '0'], ['blksize', '1468']]),
    })
  })

  test('takes an abort without a message', () => {
    expect(decodeTftp(Uint8Array.of(0, 5, 0, 8))).toEqual({ op: 'error', code: 8, message: '' })
  })

  test.each([
    ['truncated', '\0'],
    ['truncated', '\0\x04\0'],
    ['unknown-opcode', '\0\x07'],
    ['unterminated-text', '\0\x01file\0octet'],
    ['unterminated-text', '\0\x01file\0octet\0blksize\0'],
    ['empty-name', '\0\x01\0octet\0'],
    ['duplicate-option', '\0\x06a\x001\0A\x002\0'],
    ['trailing-bytes', '\0\x04\0\x01\0'],
  ])('refuses: %s', (reason, message) => {
    expect(() => decodeTftp(ascii(message))).toThrow(expect.objectContaining({ reason }))
  })

  test('writes no text with a NUL inside', () => {
    expect(() => encodeTftp({ op: 'error', code: 0, message: 'a\0b' })).toThrow(RangeError)
  })
})
