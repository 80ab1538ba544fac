import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  decodeNbdClientFlags, decodeNbdGo, decodeNbdGreeting, decodeNbdInfo, decodeNbdName, decodeNbdOption, decodeNbdOptionHeader,
  decodeNbdOptionReply, decodeNbdServer, encodeNbdBlockSizeInfo, encodeNbdClientFlags, encodeNbdExportInfo, encodeNbdExportName,
  encodeNbdGo, encodeNbdGreeting, encodeNbdOption, encodeNbdOptionReply, encodeNbdServer, MAX_NBD_OPTION, NBD_LENGTH,
  type NbdBlockSize, type NbdExportFacts,
} from './nbd-handshake.ts'
import { decodeNbdReply, decodeNbdRequest, encodeNbdReply, encodeNbdRequest, NBD_COMMAND, NBD_REQUEST_LENGTH } from './nbd.ts'
import { describeCodec } from '../../../tests/support/codec-suite.ts'

const u16 = fc.nat(0xffff)
const u32 = fc.nat(0xffff_ffff)
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
const data = fc.uint8Array({ maxLength: 100 })
const name = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((text) => !text.includes('\0'))
const flags = fc.record({ fixedNewstyle: fc.boolean(), noZeroes: fc.boolean() })

describeCodec('NBD client flags', { encode: encodeNbdClientFlags, decode: decodeNbdClientFlags, values: flags })
describeCodec('NBD option', { encode: encodeNbdOption, decode: decodeNbdOption, values: fc.record({ option: u32, data }) })
describeCodec('NBD option reply', {
  encode: encodeNbdOptionReply, decode: decodeNbdOptionReply, values: fc.record({ option: u32, type: u32, data }),
})
describeCodec('NBD go', { encode: encodeNbdGo, decode: decodeNbdGo, values: fc.record({ name, wanted: fc.array(u16, { maxLength: 9 }) }) })
describeCodec('NBD greeting', { encode: encodeNbdGreeting, decode: decodeNbdGreeting, values: flags })
describeCodec('NBD option header', {
  encode: ({ option, length }) => encodeNbdOption({ option, data: new Uint8Array(length) }).subarray(0, NBD_LENGTH.optionHeader),
  decode: decodeNbdOptionHeader,
  values: fc.record({ option: u32, length: fc.nat(MAX_NBD_OPTION) }),
})
describeCodec('NBD server', { encode: encodeNbdServer, decode: decodeNbdServer, values: name })
describeCodec('NBD name of an export', { encode: (text) => new TextEncoder().encode(text), decode: decodeNbdName, values: name })
describeCodec<NbdExportFacts | NbdBlockSize | undefined>('NBD info', {
  encode: (info) => info && 'size' in info ? encodeNbdExportInfo(info) : encodeNbdBlockSizeInfo(info!),
  decode: decodeNbdInfo,
  values: fc.oneof(fc.record({ size: u64, flags: u16 }), fc.record({ minimum: u32, preferred: u32, maximum: u32 })),
})
describeCodec('NBD request', {
  encode: encodeNbdRequest, decode: decodeNbdRequest,
  values: fc.record({ flags: u16, command: u16, cookie: u64, offset: u64, length: u32 }),
})
describeCodec('NBD reply', { encode: encodeNbdReply, decode: decodeNbdReply, values: fc.record({ error: u32, cookie: u64 }) })

const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

describe('NBD', () => {
  test('greets as the protocol says', () => {
    const bytes = encodeNbdGreeting({ fixedNewstyle: true, noZeroes: true })
    expect(bytes).toEqual(hex('4e42444d41474943 49484156454f5054 0003'))
    expect(bytes).toHaveLength(NBD_LENGTH.greeting)
    expect(decodeNbdGreeting(bytes)).toEqual({ fixedNewstyle: true, noZeroes: true })
  })

  test('a client takes a greeting with flags of a later time, a server does not take such a client', () => {
    expect(decodeNbdGreeting(hex('4e42444d41474943 49484156454f5054 8001'))).toEqual({ fixedNewstyle: true, noZeroes: false })
    expect(() => decodeNbdClientFlags(hex('00000004'))).toThrow(expect.objectContaining({ reason: 'unknown-flags' }))
  })

  test('reads the options that libnbd sends', () => {
    const go = decodeNbdOption(hex('49484156454f5054 00000007 00000009 00000003 766f6c 0000'))
    expect(go.option).toBe(7)
    expect(decodeNbdGo(go.data)).toEqual({ name: 'vol', wanted: [] })
    expect(decodeNbdOptionHeader(hex('49484156454f5054 00000008 00000000'))).toEqual({ option: 8, length: 0 })
  })

  test('refuses an absurd length before anybody makes room for it', () => {
    const header = (length: number) => encodeNbdOption({ option: 1, data: new Uint8Array() }).with(15, length & 0xff)
      .with(14, (length >> 8) & 0xff).with(12, (length >>> 24) & 0xff)
    expect(decodeNbdOptionHeader(header(MAX_NBD_OPTION))).toEqual({ option: 1, length: MAX_NBD_OPTION })
    expect(() => decodeNbdOptionHeader(header(MAX_NBD_OPTION + 1))).toThrow(expect.objectContaining({ reason: 'too-long' }))
    expect(() => decodeNbdOptionHeader(header(0xff00_0000))).toThrow(expect.objectContaining({ reason: 'too-long' }))
  })

  test.each([
    ['truncated', () => decodeNbdGo(hex('00000002 61'))],
    ['truncated', () => decodeNbdGo(hex('00000001 61 0002 0001'))],
    ['trailing-bytes', () => decodeNbdGo(hex('00000001 61 0000 00'))],
    ['bad-text', () => decodeNbdGo(hex('00000001 ff 0000'))],
    ['bad-text', () => decodeNbdName(hex('610062'))],
    ['too-long', () => decodeNbdName(new Uint8Array(4097).fill(97))],
    ['bad-magic', () => decodeNbdOptionHeader(new Uint8Array(16))],
    ['bad-magic', () => decodeNbdRequest(new Uint8Array(28))],
    ['truncated', () => decodeNbdServer(hex('00000002 61'))],
    ['trailing-bytes', () => decodeNbdInfo(hex('0000 0000000000000001 0001 00'))],
  ])('refuses: %s', (reason, decode) => {
    expect(decode).toThrow(expect.objectContaining({ reason }))
  })

  test('says what an export is', () => {
    const facts = { size: 2n ** 40n + 512n, flags: 0x16d }
    expect(decodeNbdInfo(encodeNbdExportInfo(facts))).toEqual(facts)
    const sizes = { minimum: 1, preferred: 4096, maximum: 2 ** 25 }
    expect(decodeNbdInfo(encodeNbdBlockSizeInfo(sizes))).toEqual(sizes)
    expect(decodeNbdInfo(hex('0001 61'))).toBeUndefined()
    expect(decodeNbdServer(encodeNbdServer('aula 3/ñ'))).toBe('aula 3/ñ')
    expect(encodeNbdExportName(facts, { noZeroes: true })).toEqual(hex('0000010000000200 016d'))
    expect(encodeNbdExportName(facts, { noZeroes: false })).toHaveLength(134)
  })

  test('answers the oldest way of asking with what an information says too, and zeros', () => {
    fc.assert(fc.property(fc.record({ size: u64, flags: u16 }), fc.boolean(), (facts, noZeroes) => {
      const answer = encodeNbdExportName(facts, { noZeroes })
      expect(decodeNbdInfo(Uint8Array.of(0, 0, ...answer.subarray(0, 10)))).toEqual(facts)
      expect(answer.subarray(10)).toEqual(new Uint8Array(noZeroes ? 0 : 124))
    }))
  })

  test('writes requests as Linux reads them', () => {
    const request = encodeNbdRequest({ flags: 1, command: NBD_COMMAND.write, cookie: 0x0102030405060708n, offset: 4096n, length: 512 })
    expect(request).toEqual(hex('25609513 0001 0001 0102030405060708 0000000000001000 00000200'))
    expect(request).toHaveLength(NBD_REQUEST_LENGTH)
    expect(encodeNbdReply({ error: 5, cookie: 7n })).toEqual(hex('67446698 00000005 0000000000000007'))
  })
})
