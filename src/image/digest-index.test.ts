import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { DigestIndex } from './digest-index.ts'

test('numbers digests in the order in which they come, as a Map would', () => {
  const index = new DigestIndex()
  const expected = new Map<string, number>()
  const digests = Array.from({ length: 20_000 }, () => randomBytes(32))
  for (const digest of [...digests, ...digests.slice(0, 500)]) {
    const number = expected.get(digest.toString('hex')) ?? expected.size
    expected.set(digest.toString('hex'), number)
    expect(index.add(digest)).toBe(number)
  }
  expect(index.count).toBe(20_000)
  expect(Buffer.compare(index.digests, Buffer.concat(digests))).toBe(0)
  expect(digests.every((digest, number) => index.find(digest) === number)).toBe(true)
  expect(index.find(randomBytes(32))).toBe(-1)
})

test('tells digests apart that share their first bytes', () => {
  const index = new DigestIndex()
  const digests = Array.from({ length: 500 }, (_, at) => {
    const digest = Buffer.alloc(32, 0xab)
    digest.writeUInt32LE(at, 28)
    return digest
  })
  expect(digests.map((digest) => index.add(digest))).toEqual(digests.map((_, at) => at))
  expect(digests.map((digest) => index.find(digest))).toEqual(digests.map((_, at) => at))
})
