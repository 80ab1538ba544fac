import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DecodeError } from '../bytes.ts'

export interface CodecUnderTest<T> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
  /** Values as `decode` gives them. */
  values: fc.Arbitrary<T>
}

/**
 * What every codec here promises: a value comes back as it went, bytes too; a message that is cut or
 * damaged gives a DecodeError, or a value that is sound itself; nothing else is ever thrown.
 */
export function describeCodec<T>(name: string, codec: CodecUnderTest<T>): void {
  const encoded = codec.values.map((value) => codec.encode(value))

  /** The value and what becomes of it on another round; the same twice when `bytes` are refused. */
  function decodedTwice(bytes: Uint8Array): [unknown, unknown] {
    try {
      const value = codec.decode(bytes)
      return [value, codec.decode(codec.encode(value))]
    } catch (error) {
      if (error instanceof DecodeError) return [error, error]
      throw error
    }
  }

  function expectSoundOrRefused(bytes: Uint8Array): void {
    const [once, again] = decodedTwice(bytes)
    expect(again).toEqual(once)
  }

  describe(`${name} codec`, () => {
    test('gives back every value', () => {
      fc.assert(fc.property(codec.values, (value) => {
        expect(codec.decode(codec.encode(value))).toEqual(value)
      }))
    })

    test('encodes what it decoded into the same bytes', () => {
      fc.assert(fc.property(encoded, (bytes) => {
        expect(codec.encode(codec.decode(bytes))).toEqual(bytes)
      }))
    })

    test('does not touch the bytes that it reads', () => {
      fc.assert(fc.property(encoded, (bytes) => {
        const before = bytes.slice()
        codec.decode(bytes)
        expect(bytes).toEqual(before)
      }))
    })

    test('survives truncation at each byte', () => {
      fc.assert(fc.property(encoded, (bytes) => {
        const prefixes = Array.from(bytes, (_, length) => decodedTwice(bytes.subarray(0, length)))
        expect(prefixes.map(([, again]) => again)).toEqual(prefixes.map(([once]) => once))
      }), { numRuns: 20 })
    })

    test('survives mutation', () => {
      fc.assert(fc.property(encoded.chain((bytes) => mutations(bytes)), expectSoundOrRefused), { numRuns: 1000 })
    })

    test('survives garbage', () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), expectSoundOrRefused), { numRuns: 500 })
    })
  })
}

/** Up to eight bytes of `bytes` overwritten, removed or inserted. */
function mutations(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    at: fc.nat(Math.max(0, bytes.length - 1)),
    removed: fc.nat(1),
    inserted: fc.uint8Array({ maxLength: 2 }),
  })
  return fc.array(edit, { minLength: 1, maxLength: 8 }).map((edits) =>
    Uint8Array.from(edits.reduce((all, { at, removed, inserted }) => all.toSpliced(at, removed, ...inserted), [...bytes])))
}
