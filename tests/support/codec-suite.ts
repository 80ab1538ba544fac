import { inspect, isDeepStrictEqual } from 'node:util'
import { getHeapStatistics } from 'node:v8'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { DecodeError } from '#shared/wire/bytes.ts'

/** Whatever reads bytes or words that somebody else wrote. */
export interface DecoderUnderTest<T> {
  decode(bytes: Uint8Array): T | Promise<T>
  /** Sound messages: what is cut and damaged. */
  samples: fc.Arbitrary<Uint8Array>
  /** Whether an error is the decoder's word for a bad message; a DecodeError unless said. Whatever else is thrown fails the test. */
  refuses?(error: unknown): boolean
  /** Fails for a value that is not sound: also one that is made of a damaged message has to be. */
  checkSound?(value: T): void
  /** Bytes of memory that reading may take, however short the message is; 1 MiB unless said. */
  room?: number
  /** Damaged messages of each kind; a thousand unless said. */
  runs?: number
}

export interface CodecUnderTest<T> extends Pick<DecoderUnderTest<T>, 'refuses' | 'room'> {
  encode(value: T): Uint8Array
  decode(bytes: Uint8Array): T
  /** Values as `decode` gives them. */
  values: fc.Arbitrary<T>
}

/** Bytes of memory that a decoder may take for each byte of its message. */
const PER_BYTE = 100

/** The code of everything that is wrong with an image's files. */
export function isCorruptImage(error: unknown): boolean {
  return error instanceof ClonaulaError && error.result === 'corruptImage'
}

/**
 * What every decoder here promises: a message that is cut or damaged is refused in the decoder's own words, or gives a value that
 * is sound itself; nothing else is ever thrown, and no message makes it take more memory than its own length explains.
 */
export function describeDecoder<T>(name: string, decoder: DecoderUnderTest<T>): void {
  const { samples, runs = 1000 } = decoder

  async function survives(bytes: Uint8Array): Promise<void> {
    const { value } = await decodeWithin(decoder, bytes)
    if (value !== undefined) decoder.checkSound?.(value)
  }

  describe(`${name} decoder`, () => {
    test('survives truncation at each byte', async () => {
      const cuts = fc.asyncProperty(samples, async (bytes) => {
        for (let length = 0; length < bytes.length; length += 1) await survives(bytes.subarray(0, length))
      })
      await expect(fc.assert(cuts, { numRuns: Math.max(1, runs / 50) })).resolves.toBeUndefined()
    })

    test('survives mutation', async () => {
      const damage = fc.asyncProperty(samples.chain((bytes) => mutations(bytes)), survives)
      await expect(fc.assert(damage, { numRuns: runs })).resolves.toBeUndefined()
    })

    test('survives garbage', async () => {
      const garbage = fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), survives)
      await expect(fc.assert(garbage, { numRuns: Math.max(1, runs / 2) })).resolves.toBeUndefined()
    })
  })
}

/** What every codec here promises besides: a value comes back as it went, bytes too; so does whatever is decoded of a damaged message. */
export function describeCodec<T>(name: string, codec: CodecUnderTest<T>): void {
  const { refuses, room } = codec
  const encoded = codec.values.map((value) => codec.encode(value))

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
  })

  describeDecoder(name, {
    decode: (bytes) => codec.decode(bytes),
    samples: encoded,
    checkSound: (value) => {
      if (!isDeepStrictEqual(codec.decode(codec.encode(value)), value)) throw new Error(`${inspect(value)} does not come back`)
    },
    ...(refuses && { refuses }), ...(room !== undefined && { room }),
  })
}

/**
 * Decodes a message, and looks at what that takes.
 * @returns no value when it is refused
 * @throws what is no refusal · when it takes more memory than a message of its length explains
 */
export async function decodeWithin<T>(
  { decode, refuses = isDecodeError, room = 1024 * 1024 }: Pick<DecoderUnderTest<T>, 'decode' | 'refuses' | 'room'>, bytes: Uint8Array,
): Promise<{ value?: T }> {
  const allowed = room + PER_BYTE * bytes.length
  const before = memoryUsed()
  const outcome = await attempt(decode, refuses, bytes)
  const taken = memoryUsed() - before
  if (taken > allowed) throw new Error(`${bytes.length} bytes took ${taken} bytes of memory, ${allowed} at most were expected`)
  return outcome
}

async function attempt<T>(
  decode: DecoderUnderTest<T>['decode'], refuses: (error: unknown) => boolean, bytes: Uint8Array,
): Promise<{ value?: T }> {
  try {
    const value = decode(bytes)
    return { value: value instanceof Promise ? await value : value }
  } catch (error) {
    if (refuses(error)) return {}
    throw error
  }
}

function isDecodeError(error: unknown): boolean {
  return error instanceof DecodeError
}

/**
 * Objects, and the memory of arrays of bytes: also what nobody holds any more, until it is collected. A collection between two
 * looks hides some, now and then, and never adds any.
 */
function memoryUsed(): number {
  const { used_heap_size: heap, external_memory: arrays } = getHeapStatistics()
  return heap + arrays
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
