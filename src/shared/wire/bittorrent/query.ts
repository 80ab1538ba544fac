import { DecodeError } from '../bytes.ts'

export type QueryFault = 'too-long' | 'malformed' | 'missing' | 'not-a-number' | 'bad-length'

/** Characters of a query: a scrape of fifty torrents, and nothing longer is of use. */
const MAX_QUERY = 4096
const UNRESERVED = /[A-Za-z0-9\-._~]/

/** Bytes as a value of a query, each that is not a plain character as `%XX` (RFC 3986 § 2.1). */
export function encodeQueryBytes(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte)
    return UNRESERVED.test(character) ? character : `%${byte.toString(16).padStart(2, '0').toUpperCase()}`
  }).join('')
}

/**
 * The fields of a URL's query, whose values are bytes and no text: infohashes and peer ids are put into queries as they
 * are.
 */
export class BytesQuery {
  readonly #fields = new Map<string, Uint8Array[]>()

  /** @param query what stands behind the `?`. @throws DecodeError `too-long`, `malformed` */
  constructor(query: string) {
    if (query.length > MAX_QUERY) throw fault('too-long')
    for (const field of query.split('&')) {
      const equals = field.indexOf('=')
      if (equals < 0) continue
      const key = field.slice(0, equals)
      this.#fields.set(key, [...this.all(key), decodePercent(field.slice(equals + 1))])
    }
  }

  all(key: string): readonly Uint8Array[] {
    return this.#fields.get(key) ?? []
  }

  /** @throws DecodeError `missing`, `bad-length` */
  exactly(key: string, length: number): Uint8Array {
    const [value] = this.all(key)
    if (!value) throw fault('missing', key)
    if (value.length !== length) throw fault('bad-length', key)
    return value
  }

  text(key: string): string | undefined {
    const [value] = this.all(key)
    return value && String.fromCharCode(...value)
  }

  /** An integer from 0. @throws DecodeError `not-a-number` */
  count(key: string): number | undefined {
    const text = this.text(key)
    if (text === undefined) return undefined
    const value = Number(text)
    if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw fault('not-a-number', key)
    return value
  }
}

function decodePercent(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  let length = 0
  for (let at = 0; at < text.length; at += 1) {
    let byte = text.charCodeAt(at)
    if (text[at] === '%') {
      const hex = text.slice(at + 1, at + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) throw fault('malformed')
      byte = Number.parseInt(hex, 16)
      at += 2
    }
    if (byte > 0xff) throw fault('malformed')
    bytes[length++] = byte
  }
  return bytes.slice(0, length)
}

function fault(reason: QueryFault, detail?: string): DecodeError<QueryFault> {
  return new DecodeError(reason, detail)
}
