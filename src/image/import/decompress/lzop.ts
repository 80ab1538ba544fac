/** The container of lzop, OpenGnsys' usual compressor (lzop 1.04, src/lzop.h and src/p_lzo.c describe it). */
import { crc32 } from 'node:zlib'
import type { ClonaulaError } from '#shared/domain/errors.ts'
import { adler32 } from './adler32.ts'
import type { ByteSource } from './byte-source.ts'
import { lzo1x } from './lzo1x.ts'

export const LZOP_MAGIC = Uint8Array.of(0x89, 0x4c, 0x5a, 0x4f, 0x00, 0x0d, 0x0a, 0x1a, 0x0a)

const FLAG = {
  adlerOfPlain: 0x1, adlerOfStored: 0x2, extraField: 0x40, crcOfPlain: 0x100, crcOfStored: 0x200,
  multipart: 0x400, filter: 0x800, crcOfHeader: 0x1000,
} as const
/** Versions from which the header has its further fields. */
const VERSION = 0x0940
/** LZO1X-1, LZO1X-1(15), LZO1X-999: one decompressor. */
const METHODS: ReadonlySet<number> = new Set([1, 2, 3])
/** What lzop itself accepts. */
const MAX_BLOCK = 64 * 1024 * 1024
/** LZO1X makes no more out of a byte: each that makes a match longer stands for 255. */
const MAX_RATIO = 256

/** Several files one after another count as one. */
export function* lzop(input: ByteSource): Generator<Uint8Array, void> {
  do {
    const flags = readHeader(input)
    yield* readBlocks(input, flags)
  } while (!input.ended)
}

/** @returns the flags */
function readHeader(input: ByteSource): number {
  if (input.take(LZOP_MAGIC.length).some((byte, at) => byte !== LZOP_MAGIC[at])) throw input.fail('not a file of lzop')
  const header = new HeaderBytes(input)
  const version = header.number(2)
  header.number(2) // version of the library
  if (version >= VERSION && header.number(2) > 0x1030) throw input.fail('a later version of lzop is needed')
  if (!METHODS.has(header.number(1))) throw input.fail('an unknown method')
  if (version >= VERSION) header.number(1) // level
  const flags = header.number(4)
  if ((flags & (FLAG.filter | FLAG.multipart)) !== 0) throw input.fail('filters and parts are not known here')
  header.number(4) // mode
  header.number(4) // time
  if (version >= VERSION) header.number(4)
  header.take(header.number(1)) // name
  header.check(flags)
  if ((flags & FLAG.extraField) !== 0) {
    const extra = new HeaderBytes(input)
    extra.take(Math.min(extra.number(4), MAX_BLOCK))
    extra.check(flags)
  }
  return flags
}

function* readBlocks(input: ByteSource, flags: number): Generator<Uint8Array, void> {
  const has = (flag: number) => (flags & flag) !== 0
  for (let length = input.u32be(); length > 0; length = input.u32be()) {
    const storedLength = input.u32be()
    if (length > MAX_BLOCK || storedLength > length || length > storedLength * MAX_RATIO) throw input.fail('a block of an absurd size')
    const sums = (adler: boolean, crc: boolean): Sums => ({
      ...(adler && { adler: input.u32be() }), ...(crc && { crc: input.u32be() }),
    })
    const ofPlain = sums(has(FLAG.adlerOfPlain), has(FLAG.crcOfPlain))
    const compressed = storedLength < length
    const ofStored = compressed ? sums(has(FLAG.adlerOfStored), has(FLAG.crcOfStored)) : {}
    const stored = input.take(storedLength)
    const wrong = check(stored, ofStored, input)
    if (wrong) throw wrong
    const plain = compressed ? new Uint8Array(length) : stored
    if (compressed && !lzo1x(stored, plain)) throw input.fail('a block is damaged')
    const damaged = check(plain, ofPlain, input)
    if (damaged) throw damaged
    yield plain
  }
}

interface Sums {
  adler?: number
  crc?: number
}

function check(bytes: Uint8Array, { adler, crc }: Sums, input: ByteSource): ClonaulaError | undefined {
  const right = (adler === undefined || adler32(bytes) === adler) && (crc === undefined || crc32(bytes) === crc)
  return right ? undefined : input.fail('the checksum of a block is wrong')
}

/** A part of the header that a checksum follows. */
class HeaderBytes {
  readonly #input: ByteSource
  readonly #bytes: number[] = []

  constructor(input: ByteSource) {
    this.#input = input
  }

  take(length: number): Uint8Array {
    const bytes = this.#input.take(length)
    for (const byte of bytes) this.#bytes.push(byte)
    return bytes
  }

  /** Most significant byte first. */
  number(length: number): number {
    return this.take(length).reduce((value, byte) => value * 256 + byte, 0)
  }

  check(flags: number): void {
    const bytes = Uint8Array.from(this.#bytes)
    const sum = (flags & FLAG.crcOfHeader) !== 0 ? crc32(bytes) : adler32(bytes)
    if (sum !== this.#input.u32be()) throw this.#input.fail('the checksum of the header is wrong')
  }
}
