import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Device } from '../device.ts'
import { fatMap } from './fat-map.ts'

const SECTOR = 512

interface Shape { bits: 12 | 16 | 32; clusters: number; perCluster: number; tables: number; used: ReadonlyMap<number, number> }

/** A FAT filesystem with nothing but its boot sector and tables; `used` has the table's entries that are not 0. */
function build({ bits, clusters, perCluster, tables, used }: Shape): Buffer {
  const tableSectors = Math.ceil(((clusters + 2) * bits) / 8 / SECTOR)
  const rootSectors = bits === 32 ? 0 : 32
  const reserved = bits === 32 ? 32 : 1
  const data = reserved + tables * tableSectors + rootSectors
  const sectors = data + clusters * perCluster
  const image = Buffer.alloc(sectors * SECTOR)
  image.writeUInt16LE(SECTOR, 11)
  image.writeUInt8(perCluster, 13)
  image.writeUInt16LE(reserved, 14)
  image.writeUInt8(tables, 16)
  image.writeUInt16LE(rootSectors * 16, 17)
  image.writeUInt16LE(sectors < 65_536 && bits !== 32 ? sectors : 0, 19)
  image.writeUInt32LE(sectors < 65_536 && bits !== 32 ? 0 : sectors, 32)
  if (bits === 32) image.writeUInt32LE(tableSectors, 36)
  else image.writeUInt16LE(tableSectors, 22)
  for (let copy = 0; copy < tables; copy += 1) {
    const table = image.subarray((reserved + copy * tableSectors) * SECTOR)
    for (const [cluster, value] of used) setEntry(table, cluster, value, bits)
  }
  return image
}

function setEntry(table: Buffer, at: number, value: number, bits: 12 | 16 | 32): void {
  if (bits === 32) table.writeUInt32LE(value + 0x1000_0000, at * 4) // the top four bits are nobody's
  else if (bits === 16) table.writeUInt16LE(value & 0xffff, at * 2)
  else {
    const place = Math.floor(at * 1.5)
    const pair = table.readUInt16LE(place)
    table.writeUInt16LE(at % 2 === 0 ? (pair & 0xf000) | (value & 0xfff) : (pair & 0xf) | ((value & 0xfff) << 4), place)
  }
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-test-'))
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

async function map(image: Uint8Array): ReturnType<typeof fatMap> {
  const path = join(folder, 'image')
  await writeFile(path, image)
  const device = await Device.open(path)
  try {
    return await fatMap(device)
  } finally {
    await device.close()
  }
}

const shape = fc.oneof(
  fc.record({ bits: fc.constant(12 as const), clusters: fc.integer({ min: 1, max: 4084 }) }),
  fc.record({ bits: fc.constant(16 as const), clusters: fc.integer({ min: 4085, max: 6000 }) }),
  fc.record({ bits: fc.constant(32 as const), clusters: fc.integer({ min: 1, max: 6000 }) }),
).chain(({ bits, clusters }) => fc.record({
  bits: fc.constant(bits), clusters: fc.constant(clusters), perCluster: fc.constantFrom(1, 2, 8), tables: fc.constantFrom(1, 2),
  used: fc.array(fc.tuple(fc.integer({ min: 2, max: clusters + 1 }), fc.constantFrom(3, 0x0fff_ffff))).map((pairs) => new Map(pairs)),
}))

describe('fatMap', () => {
  test('has exactly what is before the clusters, and the clusters in use', async () => {
    await fc.assert(fc.asyncProperty(shape, async (wanted) => {
      const image = build(wanted)
      const { size, used } = await map(image)
      const first = image.length - wanted.clusters * wanted.perCluster * SECTOR
      expect(size).toBe(image.length)
      const found = new Set<number>()
      for (const { offset, length } of used) {
        for (let at = Math.max(offset, first); at < offset + length; at += wanted.perCluster * SECTOR) {
          found.add(2 + (at - first) / (wanted.perCluster * SECTOR))
        }
      }
      expect([...found].sort((a, b) => a - b)).toEqual([...wanted.used.keys()].sort((a, b) => a - b))
      expect(used[0]).toMatchObject({ offset: 0 })
      expect(used[0]!.length).toBeGreaterThanOrEqual(first)
    }), { numRuns: 60 })
  })

  test.each([[12, 0xff7], [16, 0xfff7], [32, 0x0fff_fff7]] as const)('leaves bad clusters of FAT%i out', async (bits, bad) => {
    const clusters = bits === 16 ? 5000 : 100
    const image = build({ bits, clusters, perCluster: 1, tables: 2, used: new Map([[2, bad], [4, 3]]) })
    const { used } = await map(image)
    const first = image.length - clusters * SECTOR
    expect(used).toEqual([{ offset: 0, length: first }, { offset: first + 2 * SECTOR, length: SECTOR }])
  })

  test('reads the table that FAT32 says is kept up to date', async () => {
    const image = build({ bits: 32, clusters: 100, perCluster: 1, tables: 2, used: new Map([[5, 3]]) })
    const tableSectors = image.readUInt32LE(36)
    image.fill(0, 32 * SECTOR, (32 + tableSectors) * SECTOR)
    expect((await map(image)).used).toHaveLength(1)
    image.writeUInt16LE(0x81, 40)
    expect((await map(image)).used).toHaveLength(2)
  })

  test('refuses a boot sector that makes no sense, whichever bytes are wrong', async () => {
    const image = build({ bits: 16, clusters: 5000, perCluster: 1, tables: 2, used: new Map() })
    for (const [at, width, value] of [
      [11, 2, 0], [11, 2, 500], [11, 2, 8192], [13, 1, 0], [13, 1, 3], [14, 2, 0], [16, 1, 0], [22, 2, 1], [19, 2, 0xffff], [19, 2, 10],
    ] as const) {
      const wrong = Buffer.from(image)
      wrong.writeUIntLE(value, at, width)
      await expect(map(wrong), `${value} at ${at}`).rejects.toThrow(expect.objectContaining({ code: 20 }))
    }
  })

  test('never reads beyond the device, crashes or hangs, whatever the boot sector holds', async () => {
    const image = build({ bits: 12, clusters: 300, perCluster: 2, tables: 2, used: new Map([[7, 3]]) })
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(fc.integer({ min: 11, max: 43 }), fc.nat(255)), { minLength: 1, maxLength: 6 }),
      async (changes) => {
        const wrong = Buffer.from(image)
        for (const [at, value] of changes) wrong.writeUInt8(value, at)
        const result = await map(wrong).then(() => 'a map', (error: unknown) => (error instanceof ClonaulaError ? error.result : error))
        expect(result).toBeOneOf(['a map', 'filesystem'])
      }), { numRuns: 200 })
  })
})
