/** LZMA's decoder ("LZMA specification", I. Pavlov 2015), for what .lzma, lzip and xz put into their containers. */

import { ClonaulaError } from '#shared/domain/errors.ts'

/** What every stream of LZMA needs to be told. */
export interface LzmaProperties {
  literalContextBits: number
  literalPositionBits: number
  positionBits: number
}

/** One byte says them; `undefined` when none of LZMA does. */
export function lzmaProperties(byte: number): LzmaProperties | undefined {
  if (byte >= 9 * 5 * 5) return undefined
  return { literalContextBits: byte % 9, literalPositionBits: Math.floor(byte / 9) % 5, positionBits: Math.floor(byte / 45) }
}

/**
 * The most that a dictionary may have; memory is taken for it as plain bytes come. `xz -9` and `lzma -9` have 64 MiB, `lzip -9` 32:
 * only who asks for more by number gets it.
 */
export const MAX_DICTIONARY = 256 * 1024 * 1024
const MIN_DICTIONARY = 4096
const FIRST_WINDOW = 64 * 1024
/** Plain bytes that are made at a time. */
const PIECE = 256 * 1024

const STATES = 12
const POSITIONS = 16
const EVEN = 1024
const LENGTH_PROBABILITIES = 2 + POSITIONS * 8 * 2 + 256
/** Probabilities lie in one array, the parts of it one after another. */
const IS_MATCH = 0
const IS_REP = IS_MATCH + STATES * POSITIONS
const IS_REP0 = IS_REP + STATES
const IS_REP1 = IS_REP0 + STATES
const IS_REP2 = IS_REP1 + STATES
const IS_REP0_LONG = IS_REP2 + STATES
const SLOT = IS_REP0_LONG + STATES * POSITIONS
const DISTANCE = SLOT + 4 * 64
const ALIGN = DISTANCE + 115
const MATCH_LENGTH = ALIGN + 16
const REP_LENGTH = MATCH_LENGTH + LENGTH_PROBABILITIES
const LITERAL = REP_LENGTH + LENGTH_PROBABILITIES

/** @throws `outOfLimit` the file may be sound, and is too costly */
export function checkDictionary(size: number, what: string): void {
  if (size <= MAX_DICTIONARY) return
  const problem = `${what}: ${Math.ceil(size / 2 ** 20)} MiB > ${MAX_DICTIONARY / 2 ** 20} MiB`
  throw new ClonaulaError('outOfLimit', `a dictionary of ${problem}`, { problem })
}

/** Comparing numbers of 32 bits without a sign by those with one. */
const SIGN = 0x8000_0000 | 0

/** What `decode` came to. */
export type LzmaOutcome = 'more' | 'end' | 'damaged'

/** Decodes into a window that holds the last `dictionary` plain bytes. */
export class LzmaDecoder {
  /** Grows up to the dictionary's size as bytes come, and is then written round and round. */
  #window: Uint8Array
  readonly #dictionary: number
  readonly #next: () => number
  readonly #positionMask: { literal: number; match: number } = { literal: 0, match: 0 }
  #contextBits = 0
  #probabilities = new Uint16Array(LITERAL)
  /** Where the next byte goes, and how many there have been (a window's at most). */
  #at = 0
  #known = 0
  /** Bytes since the dictionary was last forgotten: what positions are counted by. */
  #position = 0
  /** Bytes that the current call has decoded. */
  #decoded = 0
  #state = 0
  #rep0 = 0
  #rep1 = 0
  #rep2 = 0
  #rep3 = 0
  /** What is left of a match that did not fit. */
  #pending = 0
  #range = -1
  #code = 0

  /** @param next gives the next compressed byte */
  constructor(dictionary: number, next: () => number) {
    this.#dictionary = Math.max(dictionary, MIN_DICTIONARY)
    this.#window = new Uint8Array(Math.min(this.#dictionary, FIRST_WINDOW))
    this.#next = next
  }

  /** Bytes that one call of `decode` may be asked for. */
  get most(): number {
    return Math.min(this.#dictionary, PIECE)
  }

  setProperties({ literalContextBits, literalPositionBits, positionBits }: LzmaProperties): void {
    this.#contextBits = literalContextBits
    this.#positionMask.literal = 2 ** literalPositionBits - 1
    this.#positionMask.match = 2 ** positionBits - 1
    this.#probabilities = new Uint16Array(LITERAL + 0x300 * 2 ** (literalContextBits + literalPositionBits))
    this.resetState()
  }

  resetState(): void {
    this.#probabilities.fill(EVEN)
    this.#state = 0
    this.#rep0 = this.#rep1 = this.#rep2 = this.#rep3 = 0
  }

  resetDictionary(): void {
    this.#known = 0
    this.#position = 0
  }

  /** Reads the five bytes that each run of the range coder begins with. @returns whether they are sound */
  startRange(): boolean {
    const first = this.#next()
    this.#range = -1
    this.#code = 0
    for (let at = 0; at < 4; at += 1) this.#code = (this.#code << 8) | this.#next()
    return first === 0 && this.#code !== this.#range
  }

  /** Whether the range coder has come to a sound end. */
  get finished(): boolean {
    return this.#code === 0 && this.#pending === 0
  }

  /** Puts plain bytes into the window, as if they had been decoded. */
  feed(bytes: Uint8Array): void {
    for (const byte of bytes) this.#put(byte)
  }

  /**
   * Decodes `out.length` bytes (`most` at most), unless it comes to an end.
   * @returns how many, and why no more
   */
  decode(out: Uint8Array): { length: number; outcome: LzmaOutcome } {
    const outcome = this.#decode(out.length)
    const length = this.#decoded
    const start = this.#at - length
    if (start >= 0) out.set(this.#window.subarray(start, this.#at))
    else {
      out.set(this.#window.subarray(this.#window.length + start))
      out.set(this.#window.subarray(0, this.#at), -start)
    }
    return { length, outcome }
  }

  #decode(limit: number): LzmaOutcome {
    this.#decoded = 0
    this.#copy(limit)
    while (this.#decoded < limit) {
      const position = this.#position & this.#positionMask.match
      if (this.#bit(IS_MATCH + this.#state * POSITIONS + position) === 0) {
        this.#literal()
        continue
      }
      if (this.#known === 0) return 'damaged'
      if (this.#bit(IS_REP + this.#state) === 0) {
        this.#rep3 = this.#rep2
        this.#rep2 = this.#rep1
        this.#rep1 = this.#rep0
        this.#pending = this.#length(MATCH_LENGTH, position)
        this.#state = this.#state < 7 ? 7 : 10
        this.#rep0 = this.#distance(this.#pending)
        if (this.#rep0 === -1) { // the end mark
          this.#pending = 0
          return 'end'
        }
      } else if (this.#repeated(position)) {
        this.#state = this.#state < 7 ? 9 : 11
        this.#pending = 1
      } else {
        this.#state = this.#state < 7 ? 8 : 11
        this.#pending = this.#length(REP_LENGTH, position)
      }
      if (this.#rep0 < 0 || this.#rep0 >= this.#known) return 'damaged'
      this.#copy(limit)
    }
    return 'more'
  }

  /** Puts one of the last four distances first. @returns whether it is a match of a single byte */
  #repeated(position: number): boolean {
    if (this.#bit(IS_REP0 + this.#state) === 0) {
      return this.#bit(IS_REP0_LONG + this.#state * POSITIONS + position) === 0
    }
    let distance = this.#rep1
    if (this.#bit(IS_REP1 + this.#state) === 1) {
      distance = this.#rep2
      if (this.#bit(IS_REP2 + this.#state) === 1) {
        distance = this.#rep3
        this.#rep3 = this.#rep2
      }
      this.#rep2 = this.#rep1
    }
    this.#rep1 = this.#rep0
    this.#rep0 = distance
    return false
  }

  #literal(): void {
    const previous = this.#known > 0 ? this.#before(0) : 0
    const context = ((this.#position & this.#positionMask.literal) << this.#contextBits) + (previous >> (8 - this.#contextBits))
    const base = LITERAL + 0x300 * context
    let symbol = 1
    if (this.#state >= 7) {
      let match = this.#before(this.#rep0)
      do {
        const matchBit = (match >> 7) & 1
        match <<= 1
        const bit = this.#bit(base + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (matchBit !== bit) break
      } while (symbol < 0x100)
    }
    while (symbol < 0x100) symbol = (symbol << 1) | this.#bit(base + symbol)
    this.#put(symbol & 0xff)
    this.#decoded += 1
    this.#state = this.#state < 4 ? 0 : this.#state < 10 ? this.#state - 3 : this.#state - 6
  }

  #length(base: number, position: number): number {
    if (this.#bit(base) === 0) return 2 + this.#tree(base + 2 + position * 8, 3)
    if (this.#bit(base + 1) === 0) return 10 + this.#tree(base + 2 + POSITIONS * 8 + position * 8, 3)
    return 18 + this.#tree(base + 2 + POSITIONS * 16, 8)
  }

  /** The distance less one; −1 is the end mark. */
  #distance(length: number): number {
    const slot = this.#tree(SLOT + Math.min(length - 2, 3) * 64, 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const base = (2 | (slot & 1)) << bits
    if (slot < 14) return base + this.#reverseTree(DISTANCE + base - slot, bits)
    return base + (this.#direct(bits - 4) << 4) + this.#reverseTree(ALIGN, 4) | 0
  }

  #tree(base: number, bits: number): number {
    let symbol = 1
    for (let at = 0; at < bits; at += 1) symbol = (symbol << 1) | this.#bit(base + symbol)
    return symbol - (1 << bits)
  }

  #reverseTree(base: number, bits: number): number {
    let symbol = 1
    let value = 0
    for (let at = 0; at < bits; at += 1) {
      const bit = this.#bit(base + symbol)
      symbol = (symbol << 1) | bit
      value |= bit << at
    }
    return value
  }

  /** Bits of equal probability. */
  #direct(bits: number): number {
    let value = 0
    for (let at = 0; at < bits; at += 1) {
      this.#range >>>= 1
      this.#code = (this.#code - this.#range) | 0
      const borrow = this.#code >> 31
      this.#code = (this.#code + (this.#range & borrow)) | 0
      value = (value << 1) + borrow + 1
      this.#normalize()
    }
    return value
  }

  #bit(index: number): 0 | 1 {
    const probability = this.#probabilities[index]!
    const bound = Math.imul(this.#range >>> 11, probability)
    if ((this.#code ^ SIGN) < (bound ^ SIGN)) {
      this.#range = bound
      this.#probabilities[index] = probability + ((2048 - probability) >> 5)
      this.#normalize()
      return 0
    }
    this.#range = (this.#range - bound) | 0
    this.#code = (this.#code - bound) | 0
    this.#probabilities[index] = probability - (probability >> 5)
    this.#normalize()
    return 1
  }

  #normalize(): void {
    if ((this.#range & 0xff00_0000) !== 0) return
    this.#range <<= 8
    this.#code = (this.#code << 8) | this.#next()
  }

  #before(distance: number): number {
    const at = this.#at - distance - 1
    return this.#window[at < 0 ? at + this.#window.length : at]!
  }

  #put(byte: number): void {
    if (this.#at === this.#window.length) this.#turn()
    this.#window[this.#at] = byte
    this.#at += 1
    if (this.#known < this.#dictionary) this.#known += 1
    this.#position = (this.#position + 1) | 0
  }

  /** At the end of the window: there is more room, or its oldest bytes go. */
  #turn(): void {
    if (this.#window.length === this.#dictionary) {
      this.#at = 0
      return
    }
    const grown = new Uint8Array(Math.min(this.#dictionary, this.#window.length * 2))
    grown.set(this.#window)
    this.#window = grown
  }

  /** As much of the match as there is room for. */
  #copy(limit: number): void {
    const length = Math.min(this.#pending, limit - this.#decoded)
    for (let at = 0; at < length; at += 1) this.#put(this.#before(this.#rep0))
    this.#decoded += length
    this.#pending -= length
  }
}
