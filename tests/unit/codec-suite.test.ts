import { expect, test } from 'vitest'
import { DecodeError } from '#shared/wire/bytes.ts'
import { decodeWithin } from '../support/codec-suite.ts'

const MESSAGE = Uint8Array.of(1, 2, 3)

test.each<[string, () => unknown]>([
  ['bytes', () => new Uint8Array(8 * 1024 * 1024)],
  ['objects', () => Array.from({ length: 300_000 }, (_, at) => ({ at }))],
  ['bytes that nobody needs in the end', () => new Uint8Array(8 * 1024 * 1024).length],
  ['bytes, and are not used because the message is bad', () => {
    throw new DecodeError(`bad length ${new Uint8Array(8 * 1024 * 1024).length}`)
  }],
])('a decoder is found out that takes millions of %s', async (_, decode) => {
  await expect(decodeWithin({ decode }, MESSAGE)).rejects.toThrow('bytes of memory')
})

test('a decoder may take what its message explains, and more when it says so', async () => {
  expect(await decodeWithin({ decode: (bytes) => bytes.length }, MESSAGE)).toEqual({ value: 3 })
  const room = 16 * 1024 * 1024
  expect(await decodeWithin({ decode: async () => new Uint8Array(8 * 1024 * 1024).length, room }, MESSAGE)).toEqual({ value: 8 * 1024 * 1024 })
})

test('a decoder refuses in its own words, and any other error is its fault', async () => {
  const failing = (error: Error) => () => {
    throw error
  }
  expect(await decodeWithin({ decode: failing(new DecodeError('truncated')) }, MESSAGE)).toEqual({})
  await expect(decodeWithin({ decode: failing(new RangeError('Invalid array length')) }, MESSAGE)).rejects.toThrow(RangeError)
})
