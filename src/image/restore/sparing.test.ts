import { expect, test } from 'vitest'
import { SparingDevice } from './sparing.ts'
import type { TargetDevice } from './target-device.ts'

/** A device in memory, of 0x11. */
function memory(size: number): TargetDevice & { bytes: Buffer } {
  const bytes = Buffer.alloc(size, 0x11)
  return {
    path: 'memory', size, bytes,
    read: async (into, offset) => void bytes.copy(into, 0, offset, offset + into.length),
    write: async (from, offset) => bytes.set(from, offset),
    flush: async () => undefined, dropCache: async () => undefined, signatures: async () => [], discard: async () => false, close: async () => undefined,
  }
}

test.each([
  ['around', [[100, 50], [300, 10]], 50, 400],
  ['that begins before', [[0, 100]], 50, 100],
  ['that ends behind', [[100, 900]], 50, 100],
  ['that covers it', [[0, 1000]], 50, 100],
  ['that it does not touch', [[0, 50], [150, 10]], 50, 100],
] as const)('what is written to a part that is spared stays away from it, and is read back all the same: %s', async (_, pairs, offset, length) => {
  const spared = pairs.map(([at, size]) => ({ offset: at, length: size }))
  const below = memory(1000)
  const device = new SparingDevice(below, spared)
  const written = Buffer.from(Array.from({ length }, (_value, at) => (at * 7) % 251))
  const expected = Buffer.from(written)
  await device.write(written, offset)
  written.fill(0) // whoever writes uses the buffer again
  const back = Buffer.alloc(1000)
  await device.read(back, 0)
  expect(back.subarray(offset, offset + length)).toEqual(expected)
  for (let at = 0; at < 1000; at++) {
    const isSpared = spared.some((area) => area.offset <= at && at < area.offset + area.length)
    const isWritten = offset <= at && at < offset + length && !isSpared
    expect(below.bytes[at], `byte ${at}`).toBe(isWritten ? expected[at - offset] : 0x11)
  }
})
