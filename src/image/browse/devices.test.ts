import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import type { WriteDevice } from '../nbd/block-device.ts'
import { ComposedDisk } from './composed-disk.ts'
import { Overlay } from './overlay.ts'

/** Neither whole blocks nor whole bytes of bits. */
const SIZE = 37 * BLOCK + 700

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-devices-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

function memory(bytes: Buffer): WriteDevice {
  return {
    size: bytes.length,
    read: async (into, offset) => into.set(bytes.subarray(offset, offset + into.length)),
    write: async (data, offset) => bytes.set(data, offset),
    zero: async (offset, length) => void bytes.fill(0, offset, offset + length),
    flush: async () => undefined,
  }
}

const steps = fc.array(fc.record({
  what: fc.constantFrom('write', 'write', 'zero', 'read'),
  offset: fc.nat(SIZE - 1),
  length: fc.oneof(fc.nat(3 * BLOCK), fc.nat(20 * BLOCK)),
  value: fc.integer({ min: 1, max: 255 }),
}), { maxLength: 25 })

/** Does the same with a device and with plain bytes. @returns whether they agreed all the way */
async function agrees(device: WriteDevice, expected: Buffer, all: readonly { what: string; offset: number; length: number; value: number }[]): Promise<boolean> {
  let same = true
  for (const { what, offset, length: wanted, value } of all) {
    const length = Math.min(wanted, device.size - offset)
    if (what === 'write') {
      await device.write(Buffer.alloc(length, value), offset)
      expected.fill(value, offset, offset + length)
    } else if (what === 'zero') {
      await device.zero(offset, length)
      expected.fill(0, offset, offset + length)
    } else {
      const read = Buffer.alloc(length, 0xee)
      await device.read(read, offset)
      same &&= read.equals(expected.subarray(offset, offset + length))
    }
  }
  const whole = Buffer.alloc(device.size)
  await device.read(whole, 0)
  return same && whole.equals(expected)
}

describe('Overlay', () => {
  const pattern = () => Buffer.from(Array.from({ length: SIZE }, (_, at) => (at * 7 + (at >> 9)) & 0xff))

  test('is the device below with what was written to it, and leaves that alone', async () => {
    let count = 0
    await fc.assert(fc.asyncProperty(steps, async (all) => {
      const below = pattern()
      const overlay = await Overlay.create(memory(below), join(folder, String(count++)))
      try {
        expect(await agrees(overlay, pattern(), all)).toBe(true)
      } finally {
        await overlay.close()
      }
      expect(below.equals(pattern())).toBe(true)
    }), { numRuns: 30 })
  })

  test('says which blocks were changed, and no others', async () => {
    const overlay = await Overlay.create(memory(pattern()), join(folder, 'overlay'))
    expect(overlay.changes()).toEqual([])
    await overlay.write(Buffer.alloc(1), BLOCK - 1)
    await overlay.write(Buffer.alloc(BLOCK + 2), 3 * BLOCK - 1)
    await overlay.zero(20 * BLOCK, 9 * BLOCK)
    await overlay.write(Buffer.alloc(1), SIZE - 1)
    await overlay.write(Buffer.alloc(0), 10 * BLOCK + 1)
    await overlay.zero(12 * BLOCK + 1, 0)
    expect(overlay.changes()).toEqual([
      { offset: 0, length: BLOCK }, { offset: 2 * BLOCK, length: 3 * BLOCK }, { offset: 20 * BLOCK, length: 9 * BLOCK },
      { offset: 37 * BLOCK, length: 700 },
    ])
    await overlay.close()
  })

  test('takes no room for zeros, and is gone when it is closed', async () => {
    const path = join(folder, 'overlay')
    const overlay = await Overlay.create(memory(Buffer.alloc(64 * BLOCK, 7)), path)
    await overlay.zero(0, 64 * BLOCK)
    expect((await stat(path)).blocks).toBe(0)
    await overlay.close()
    await expect(stat(path)).rejects.toThrow('ENOENT')
  })

  test('two writes to parts of one block at a time lose neither', async () => {
    const overlay = await Overlay.create(memory(Buffer.alloc(BLOCK, 1)), join(folder, 'overlay'))
    await Promise.all(Array.from({ length: 64 }, (_, at) => overlay.write(Buffer.alloc(1, 9), at * 64)))
    const read = Buffer.alloc(BLOCK)
    await overlay.read(read, 0)
    expect([...read].filter((byte) => byte === 9)).toHaveLength(64)
    await overlay.close()
  })
})

describe('ComposedDisk', () => {
  test('is its parts in their places, and the frame around them', async () => {
    await fc.assert(fc.asyncProperty(steps, async (all) => {
      const expected = Buffer.alloc(SIZE, 1)
      expected.fill(2, 5000, 5000 + 9000).fill(3, 14_000, 14_000 + 512).fill(4, SIZE - 800)
      const disk = new ComposedDisk(memory(Buffer.alloc(SIZE, 1)), [
        { start: SIZE - 800, device: memory(Buffer.alloc(800, 4)) },
        { start: 5000, device: memory(Buffer.alloc(9000, 2)) },
        { start: 14_000, device: memory(Buffer.alloc(512, 3)) },
      ])
      expect(await agrees(disk, expected, all)).toBe(true)
    }), { numRuns: 100 })
  })

  test.each([[0, 10, 5, 10], [95, 10, 0, 5]])('refuses parts that overlap or leave it', (first, firstSize, second, secondSize) => {
    const part = (start: number, size: number) => ({ start, device: memory(Buffer.alloc(size)) })
    expect(() => new ComposedDisk(memory(Buffer.alloc(100)), [part(first, firstSize), part(second, secondSize)])).toThrow(RangeError)
  })
})
