/** bzip2 ("BZIP2: Format Specification", J. Tsai 2016). */
import type { ByteSource } from './byte-source.ts'

export const BZIP2_MAGIC = Uint8Array.of(0x42, 0x5a, 0x68)
const BLOCK_MAGIC = 0x314159265359
const END_MAGIC = 0x177245385090
/** Symbols that one table is used for before the next selector. */
const GROUP = 50
const MAX_CODE = 20
/** Symbols that there is room for at first. */
const FIRST_ROOM = 32 * 1024
/** Plain bytes that are given at a time. */
const PIECE = 256 * 1024

/** Several streams one after another count as one, as pbzip2 makes them. */
export function* bzip2(input: ByteSource): Generator<Uint8Array, void> {
  do yield* readStream(input)
  while (!input.ended)
}

function* readStream(input: ByteSource): Generator<Uint8Array, void> {
  if (BZIP2_MAGIC.some((byte) => input.u8() !== byte)) throw input.fail('not a stream of bzip2')
  const level = input.u8() - 0x30
  if (level < 1 || level > 9) throw input.fail('an unknown size of blocks')
  const bits = new BitReader(input)
  let combined = 0
  for (;;) {
    const magic = bits.take(24) * 2 ** 24 + bits.take(24)
    const crc = (bits.take(16) * 2 ** 16 + bits.take(16)) >>> 0
    if (magic === END_MAGIC) {
      if (crc !== combined) throw input.fail('the checksum is wrong')
      return
    }
    if (magic !== BLOCK_MAGIC) throw input.fail('neither a block nor the end')
    const found = yield* readBlock(bits, level * 100_000, input)
    if (found !== crc) throw input.fail('the checksum of a block is wrong')
    combined = (((combined << 1) | (combined >>> 31)) ^ crc) >>> 0
  }
}

/** @param limit symbols that it may have @returns the CRC of the block's plain bytes */
function* readBlock(bits: BitReader, limit: number, input: ByteSource): Generator<Uint8Array, number> {
  if (bits.take(1) !== 0) throw input.fail('a randomised block, which no bzip2 since 1998 has made')
  const origin = bits.take(24)
  const symbols = readSymbols(bits)
  if (symbols.length === 0) throw input.fail('a block of no bytes')
  const selectors = readSelectors(bits, input)
  const tables = selectors.tables.map(() => readTable(bits, symbols.length + 2, input))
  const { block, length } = readMoves(bits, symbols, (group) => tables[selectors.order[group] ?? -1], limit, input)
  if (origin >= length) throw input.fail('a block is damaged')
  const start = invertTransform(block, length, origin)
  return yield* expandRuns(block, start, length)
}

/** The bytes that occur in the block. */
function readSymbols(bits: BitReader): number[] {
  const groups = bits.take(16)
  const symbols: number[] = []
  for (let group = 0; group < 16; group += 1) {
    if ((groups & (0x8000 >> group)) === 0) continue
    const used = bits.take(16)
    for (let at = 0; at < 16; at += 1) if ((used & (0x8000 >> at)) !== 0) symbols.push(group * 16 + at)
  }
  return symbols
}

/** Which Huffman table each group of symbols uses: places in a list whose entries move to its front. */
function readSelectors(bits: BitReader, input: ByteSource): { tables: number[]; order: Uint8Array } {
  const count = bits.take(3)
  if (count < 2 || count > 6) throw input.fail('a wrong number of tables')
  const tables = Array.from({ length: count }, (_, at) => at)
  const front = [...tables]
  const order = new Uint8Array(bits.take(15))
  for (let at = 0; at < order.length; at += 1) {
    let place = 0
    while (bits.take(1) === 1) place += 1
    const [table] = front.splice(place, 1)
    if (table === undefined) throw input.fail('a table that is not there')
    front.unshift(table)
    order[at] = table
  }
  return { tables, order }
}

/** Canonical Huffman codes: for each length the first code of it, how many there are, and where their symbols begin. */
interface Table {
  first: Int32Array
  count: Int32Array
  start: Int32Array
  symbols: Uint16Array
}

function readTable(bits: BitReader, size: number, input: ByteSource): Table {
  const lengths = new Uint8Array(size)
  let length = bits.take(5)
  for (let symbol = 0; symbol < size; symbol += 1) {
    while (bits.take(1) === 1) {
      length += bits.take(1) === 0 ? 1 : -1
      if (length < 1 || length > MAX_CODE) throw input.fail('a code of an absurd length')
    }
    if (length < 1 || length > MAX_CODE) throw input.fail('a code of an absurd length')
    lengths[symbol] = length
  }
  const table: Table = {
    first: new Int32Array(MAX_CODE + 1), count: new Int32Array(MAX_CODE + 1), start: new Int32Array(MAX_CODE + 1),
    symbols: new Uint16Array(size),
  }
  for (let bitsOf = 1, code = 0, at = 0; bitsOf <= MAX_CODE; bitsOf += 1) {
    code *= 2
    table.first[bitsOf] = code
    table.start[bitsOf] = at
    for (let symbol = 0; symbol < size; symbol += 1) if (lengths[symbol] === bitsOf) table.symbols[at++] = symbol
    table.count[bitsOf] = at - table.start[bitsOf]!
    code += table.count[bitsOf]!
  }
  return table
}

function readSymbol(bits: BitReader, { first, count, start, symbols }: Table): number {
  for (let length = 1, code = 0; length <= MAX_CODE; length += 1) {
    code = code * 2 + bits.bit()
    const offset = code - first[length]!
    if (offset >= 0 && offset < count[length]!) return symbols[start[length]! + offset]!
  }
  return -1
}

/** Undoes Huffman coding, runs of the byte at the front (binary, digits 1 and 2), and moving to the front. */
function readMoves(
  bits: BitReader, symbols: readonly number[], tableOf: (group: number) => Table | undefined, limit: number, input: ByteSource,
): { block: Uint32Array; length: number } {
  let block = new Uint32Array(Math.min(limit, FIRST_ROOM))
  /** Takes memory for what comes, not for what could. */
  const makeRoom = (needed: number): void => {
    if (needed > limit) throw input.fail('a block is too long')
    if (needed <= block.length) return
    const grown = new Uint32Array(Math.min(limit, needed * 2))
    grown.set(block)
    block = grown
  }
  const front = Uint8Array.from(symbols)
  const end = symbols.length + 1
  let length = 0
  let run = 0
  let digit = 1
  let table: Table | undefined
  for (let at = 0; ; at += 1) {
    if (at % GROUP === 0) table = tableOf(at / GROUP)
    const symbol = table ? readSymbol(bits, table) : -1
    if (symbol < 0) throw input.fail('an unknown code')
    if (symbol <= 1) {
      run += digit << symbol
      digit *= 2
      if (run > limit) throw input.fail('a block is too long')
      continue
    }
    if (run > 0) {
      makeRoom(length + run)
      block.fill(front[0]!, length, length + run)
      length += run
      run = 0
      digit = 1
    }
    if (symbol === end) return { block, length }
    makeRoom(length + 1)
    const value = front[symbol - 1]!
    front.copyWithin(1, 0, symbol - 1)
    front[0] = value
    block[length++] = value
  }
}

/**
 * Undoes the Burrows–Wheeler transform: the upper 24 bits of an entry become the place of the byte that follows.
 * @returns the entry of the first byte
 */
function invertTransform(block: Uint32Array, length: number, origin: number): number {
  const places = new Uint32Array(256)
  for (let at = 0; at < length; at += 1) places[block[at]! & 0xff]! += 1
  let sum = 0
  for (let byte = 0; byte < 256; byte += 1) {
    const count = places[byte]!
    places[byte] = sum
    sum += count
  }
  for (let at = 0; at < length; at += 1) {
    const byte = block[at]! & 0xff
    block[places[byte]!]! |= at << 8
    places[byte]! += 1
  }
  return block[origin]! >>> 8
}

/** Four equal bytes are followed by the number of further ones. @returns the CRC */
function* expandRuns(block: Uint32Array, start: number, length: number): Generator<Uint8Array, number> {
  let piece = new Uint8Array(PIECE + 256)
  let filled = 0
  let crc = 0xffffffff
  let last = -1
  let repeated = 0
  for (let left = length, place = start; left > 0; left -= 1) {
    const entry = block[place]!
    const byte = entry & 0xff
    place = entry >>> 8
    if (repeated === 4) {
      piece.fill(last, filled, filled + byte)
      for (let at = 0; at < byte; at += 1) crc = (crc << 8) ^ CRC[(crc >>> 24) ^ last]!
      filled += byte
      repeated = 0
      last = -1
    } else {
      repeated = byte === last ? repeated + 1 : 1
      last = byte
      piece[filled++] = byte
      crc = (crc << 8) ^ CRC[(crc >>> 24) ^ byte]!
    }
    if (filled < PIECE) continue
    yield piece.subarray(0, filled)
    piece = new Uint8Array(PIECE + 256)
    filled = 0
  }
  if (filled > 0) yield piece.subarray(0, filled)
  return ~crc >>> 0
}

/** CRC-32 with the most significant bit first. */
const CRC = Int32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 24
  for (let bit = 0; bit < 8; bit += 1) crc = crc < 0 ? (crc << 1) ^ 0x04c11db7 : crc << 1
  return crc
})

/** Most significant bit first; never a byte ahead of what is needed. */
class BitReader {
  readonly #input: ByteSource
  #byte = 0
  #left = 0

  constructor(input: ByteSource) {
    this.#input = input
  }

  bit(): number {
    if (this.#left === 0) {
      this.#byte = this.#input.u8()
      this.#left = 8
    }
    this.#left -= 1
    return (this.#byte >> this.#left) & 1
  }

  /** Up to 24. */
  take(count: number): number {
    let value = 0
    for (let needed = count; needed > 0; ) {
      if (this.#left === 0) {
        this.#byte = this.#input.u8()
        this.#left = 8
      }
      const taken = Math.min(needed, this.#left)
      this.#left -= taken
      value = (value << taken) | ((this.#byte >> this.#left) & ((1 << taken) - 1))
      needed -= taken
    }
    return value
  }
}
