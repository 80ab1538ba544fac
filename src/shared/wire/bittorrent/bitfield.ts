import { DecodeError } from '../bytes.ts'

/**
 * Which pieces somebody has. On the wire (BEP 3) piece 0 is the high bit of the first byte, and bits behind the last
 * piece are zero.
 */
export class Bitfield {
  readonly length: number
  readonly #bytes: Uint8Array
  #count = 0

  /** @param length pieces of the torrent */
  constructor(length: number) {
    this.length = length
    this.#bytes = new Uint8Array(bitfieldLength(length))
  }

  static full(length: number): Bitfield {
    const all = new Bitfield(length)
    for (let piece = 0; piece < length; piece += 1) all.set(piece)
    return all
  }

  /** How many are set. */
  get count(): number {
    return this.#count
  }

  get complete(): boolean {
    return this.#count === this.length
  }

  has(piece: number): boolean {
    return ((this.#bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0
  }

  /** @returns whether it was not set before */
  set(piece: number): boolean {
    if (this.has(piece)) return false
    this.#bytes[piece >> 3]! |= 0x80 >> (piece & 7)
    this.#count += 1
    return true
  }

  clear(piece: number): void {
    if (!this.has(piece)) return
    this.#bytes[piece >> 3]! &= ~(0x80 >> (piece & 7))
    this.#count -= 1
  }

  encode(): Uint8Array {
    return this.#bytes.slice()
  }
}

/** Bytes of a bitfield on the wire. */
export function bitfieldLength(pieces: number): number {
  return Math.ceil(pieces / 8)
}

export type BitfieldFault = 'bad-length' | 'spare-bits'

/** @throws DecodeError `BitfieldFault` */
export function decodeBitfield(bytes: Uint8Array, pieces: number): Bitfield {
  if (bytes.length !== bitfieldLength(pieces)) throw new DecodeError<BitfieldFault>('bad-length')
  const bitfield = new Bitfield(pieces)
  for (let at = 0; at < bytes.length * 8; at += 1) {
    if ((bytes[at >> 3]! & (0x80 >> (at & 7))) === 0) continue
    if (at >= pieces) throw new DecodeError<BitfieldFault>('spare-bits')
    bitfield.set(at)
  }
  return bitfield
}
