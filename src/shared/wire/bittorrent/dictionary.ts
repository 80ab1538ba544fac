import { DecodeError, bytesToText } from '../bytes.ts'
import { decodeBencode, type Bencoded, type BencodedDictionary } from './bencode.ts'

export type DictionaryFault = 'not-a-dictionary' | 'missing' | 'wrong-type'

/**
 * Typed reads of a dictionary that came from a wire; keys that nobody asks for are left alone. All throw DecodeError
 * `DictionaryFault`.
 */
export class DictionaryReader {
  readonly #entries: BencodedDictionary

  constructor(value: Bencoded) {
    if (!(value instanceof Map)) throw new DecodeError<DictionaryFault>('not-a-dictionary')
    this.#entries = value
  }

  /** @throws also DecodeError `BencodeFault` */
  static of(bytes: Uint8Array): DictionaryReader {
    return new DictionaryReader(decodeBencode(bytes))
  }

  has(key: string): boolean {
    return this.#entries.has(key)
  }

  /** An integer that is not negative. */
  count(key: string): number {
    const value = this.#get(key)
    if (typeof value !== 'number' || value < 0) throw wrongType(key)
    return value
  }

  optionalCount(key: string): number | undefined {
    return this.has(key) ? this.count(key) : undefined
  }

  bytes(key: string): Uint8Array {
    const value = this.#get(key)
    if (!(value instanceof Uint8Array)) throw wrongType(key)
    return value
  }

  /** Text that needs no more than a byte a character, as addresses and hashes do. */
  text(key: string): string {
    return bytesToText(this.bytes(key))
  }

  list(key: string): readonly Bencoded[] {
    const value = this.#get(key)
    if (!Array.isArray(value)) throw wrongType(key)
    return value
  }

  value(key: string): Bencoded {
    return this.#get(key)
  }

  dictionary(key: string): DictionaryReader {
    return new DictionaryReader(this.#get(key))
  }

  entries(): Iterable<[string, Bencoded]> {
    return this.#entries
  }

  #get(key: string): Bencoded {
    const value = this.#entries.get(key)
    if (value === undefined) throw new DecodeError<DictionaryFault>('missing', key)
    return value
  }
}

function wrongType(key: string): DecodeError<DictionaryFault> {
  return new DecodeError('wrong-type', key)
}
