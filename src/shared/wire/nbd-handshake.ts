import { ByteReader, ByteWriter, DecodeError } from './bytes.ts'

/**
 * How a client and a server of the Network Block Device protocol come to terms: the fixed newstyle handshake of
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md.
 *
 *     S  greeting     "NBDMAGIC" | "IHAVEOPT" | handshake flags (u16)
 *     C  client flags u32
 *     C  option       "IHAVEOPT" | option (u32) | length (u32) | data         as often as the client likes
 *     S  reply        0x3e889045565a9 | option | type (u32) | length | data   one or more for each option
 *
 * until an option (`go`, `exportName`) begins the transmission (nbd.ts), or `abort` ends it all. Big-endian.
 */

const GREETING_MAGIC = 0x4e42_444d_4147_4943n // "NBDMAGIC"
const OPTION_MAGIC = 0x4948_4156_454f_5054n // "IHAVEOPT"
const OPTION_REPLY_MAGIC = 0x3_e889_0455_65a9n

export const NBD_OPTION = {
  exportName: 1, abort: 2, list: 3, startTls: 5, info: 6, go: 7, structuredReply: 8, listMetaContext: 10, setMetaContext: 11,
} as const

/** Kinds of replies to an option; those with the top bit are refusals, whose data is a sentence for people. */
export const NBD_REPLY = {
  ack: 1, server: 2, info: 3,
  unsupported: 0x8000_0001, policy: 0x8000_0002, invalid: 0x8000_0003, unknownExport: 0x8000_0006, tooBig: 0x8000_0009,
} as const

/** What a reply of type `info` is about. */
const INFO = { export: 0, blockSize: 3 } as const

/** What an export can do. */
export const NBD_EXPORT_FLAG = {
  hasFlags: 1, readOnly: 1 << 1, flush: 1 << 2, fua: 1 << 3, trim: 1 << 5, writeZeroes: 1 << 6, multiConnection: 1 << 8,
} as const

/** Bytes that have to be read before anything about a message is known. */
export const NBD_LENGTH = { greeting: 18, clientFlags: 4, optionHeader: 16, optionReplyHeader: 20 } as const

/** A string has 4096 bytes at most, and no option here needs more than a name and a few numbers. */
const MAX_TEXT = 4096
export const MAX_NBD_OPTION = 8192

export type NbdHandshakeFault =
  | 'truncated' | 'bad-magic' | 'unknown-flags' | 'too-long' | 'bad-text' | 'trailing-bytes'

/** The two flags that there are, alike in both directions: options may be refused politely, and 124 zeros are left out. */
export interface NbdHandshakeFlags {
  fixedNewstyle: boolean
  noZeroes: boolean
}

export interface NbdOption {
  /** One of `NBD_OPTION`, or a number that nobody here knows. */
  option: number
  data: Uint8Array
}

export interface NbdOptionReply {
  option: number
  /** One of `NBD_REPLY`, or a number that nobody here knows. */
  type: number
  data: Uint8Array
}

/** Data of the options `info` and `go`. */
export interface NbdGo {
  /** Name of the export; empty for the default one. */
  name: string
  /** Kinds of information that the client asks for. */
  wanted: readonly number[]
}

export interface NbdExportFacts {
  /** Bytes. */
  size: bigint
  /** Of `NBD_EXPORT_FLAG`. */
  flags: number
}

/** Bytes that requests should be multiples of, and may have at most. */
export interface NbdBlockSize {
  minimum: number
  preferred: number
  maximum: number
}

export function encodeNbdGreeting(flags: NbdHandshakeFlags): Uint8Array {
  return new ByteWriter().u64(GREETING_MAGIC).u64(OPTION_MAGIC).u16(flagBits(flags)).finish()
}

/** A client ignores flags that it does not know. */
export function decodeNbdGreeting(bytes: Uint8Array): NbdHandshakeFlags {
  return whole(bytes, (reader) => {
    expectMagic(reader, GREETING_MAGIC)
    expectMagic(reader, OPTION_MAGIC)
    return flagsOf(reader.u16() & 0b11)
  })
}

export function encodeNbdClientFlags(flags: NbdHandshakeFlags): Uint8Array {
  return new ByteWriter().u32(flagBits(flags)).finish()
}

/** A server must hang up on flags that it does not know. */
export function decodeNbdClientFlags(bytes: Uint8Array): NbdHandshakeFlags {
  return whole(bytes, (reader) => flagsOf(reader.u32()))
}

export function encodeNbdOption({ option, data }: NbdOption): Uint8Array {
  return new ByteWriter().u64(OPTION_MAGIC).u32(option).u32(data.length).bytes(data).finish()
}

/** What of an option comes before its data, and how long that is. @param bytes `NBD_LENGTH.optionHeader` of them */
export function decodeNbdOptionHeader(bytes: Uint8Array): { option: number; length: number } {
  return whole(bytes, readOptionHeader)
}

export function decodeNbdOption(bytes: Uint8Array): NbdOption {
  return whole(bytes, (reader) => {
    const { option, length } = readOptionHeader(reader)
    return { option, data: reader.bytes(length) }
  })
}

export function encodeNbdOptionReply({ option, type, data }: NbdOptionReply): Uint8Array {
  return new ByteWriter().u64(OPTION_REPLY_MAGIC).u32(option).u32(type).u32(data.length).bytes(data).finish()
}

export function decodeNbdOptionReply(bytes: Uint8Array): NbdOptionReply {
  return whole(bytes, (reader) => {
    expectMagic(reader, OPTION_REPLY_MAGIC)
    const option = reader.u32()
    const type = reader.u32()
    return { option, type, data: reader.bytes(bounded(reader.u32())) }
  })
}

/** Data of the option `exportName`. */
export function decodeNbdName(data: Uint8Array): string {
  return textOf(data)
}

export function encodeNbdGo({ name, wanted }: NbdGo): Uint8Array {
  const text = bytesOf(name)
  const writer = new ByteWriter().u32(text.length).bytes(text).u16(wanted.length)
  for (const kind of wanted) writer.u16(kind)
  return writer.finish()
}

export function decodeNbdGo(data: Uint8Array): NbdGo {
  return whole(data, (reader) => {
    const name = textOf(reader.bytes(bounded(reader.u32())))
    const count = reader.u16()
    if (count * 2 > reader.remaining) throw fault('truncated')
    return { name, wanted: Array.from({ length: count }, () => reader.u16()) }
  })
}

/** Data of a `server` reply: the name of an export, as `list` asks for. */
export function encodeNbdServer(name: string): Uint8Array {
  const text = bytesOf(name)
  return new ByteWriter().u32(text.length).bytes(text).finish()
}

/** The rest of a `server` reply may be a description for people, which is left out. */
export function decodeNbdServer(data: Uint8Array): string {
  const reader = new ByteReader(data)
  const name = reader.bytes(bounded(reader.u32()))
  if (reader.overrun) throw fault('truncated')
  return textOf(name)
}

/** Data of an `info` reply: size and flags, which every `go` is answered with. */
export function encodeNbdExportInfo({ size, flags }: NbdExportFacts): Uint8Array {
  return new ByteWriter().u16(INFO.export).u64(size).u16(flags).finish()
}

/** Data of an `info` reply: the sizes of requests. */
export function encodeNbdBlockSizeInfo({ minimum, preferred, maximum }: NbdBlockSize): Uint8Array {
  return new ByteWriter().u16(INFO.blockSize).u32(minimum).u32(preferred).u32(maximum).finish()
}

/** @returns `undefined` for information of other kinds, which a client leaves alone */
export function decodeNbdInfo(data: Uint8Array): NbdExportFacts | NbdBlockSize | undefined {
  const reader = new ByteReader(data)
  switch (reader.u16()) {
    case INFO.export: return ending(reader, { size: reader.u64(), flags: reader.u16() })
    case INFO.blockSize: return ending(reader, { minimum: reader.u32(), preferred: reader.u32(), maximum: reader.u32() })
    default: return undefined
  }
}

/** What answers `exportName`: no reply, but size, flags, and zeros unless both sides did without. */
export function encodeNbdExportName({ size, flags }: NbdExportFacts, { noZeroes }: Pick<NbdHandshakeFlags, 'noZeroes'>): Uint8Array {
  return new ByteWriter().u64(size).u16(flags).zeros(noZeroes ? 0 : 124).finish()
}

function readOptionHeader(reader: ByteReader): { option: number; length: number } {
  expectMagic(reader, OPTION_MAGIC)
  return { option: reader.u32(), length: bounded(reader.u32()) }
}

function flagBits({ fixedNewstyle, noZeroes }: NbdHandshakeFlags): number {
  return Number(fixedNewstyle) | (Number(noZeroes) << 1)
}

function flagsOf(bits: number): NbdHandshakeFlags {
  if (bits > 0b11) throw fault('unknown-flags')
  return { fixedNewstyle: (bits & 1) !== 0, noZeroes: (bits & 2) !== 0 }
}

function bytesOf(text: string): Uint8Array {
  const bytes = new TextEncoder().encode(text)
  if (bytes.length > MAX_TEXT) throw new RangeError(`${bytes.length} bytes are more than an NBD string may have`)
  return bytes
}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > MAX_TEXT) throw fault('too-long')
  if (bytes.includes(0)) throw fault('bad-text')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw fault('bad-text')
  }
}

function bounded(length: number): number {
  if (length > MAX_NBD_OPTION) throw fault('too-long', `${length} bytes`)
  return length
}

function expectMagic(reader: ByteReader, magic: bigint): void {
  const found = reader.u64()
  if (reader.overrun) throw fault('truncated')
  if (found !== magic) throw fault('bad-magic')
}

function whole<T>(bytes: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(bytes)
  return ending(reader, read(reader))
}

function ending<T>(reader: ByteReader, value: T): T {
  if (reader.overrun) throw fault('truncated')
  if (reader.remaining > 0) throw fault('trailing-bytes')
  return value
}

function fault(reason: NbdHandshakeFault, detail = ''): DecodeError<NbdHandshakeFault> {
  return new DecodeError(reason, detail)
}
