import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Filesystem } from '#shared/domain/disk.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { toHex } from '#shared/formats/digest.ts'
import { sha256 } from '../codecs.ts'
import {
  bitmapBytes, bitmapShift, decodeRecord, encodeRecord, HEAD, RECORD_STATES, recordOffset, SECTOR, slotOffset, type RestoreRecord,
} from './record.ts'

const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
const records: fc.Arbitrary<RestoreRecord> = fc.record({
  manifest: digest.map((bytes) => Sha256Hex.parse(toHex(bytes))),
  volume: fc.integer({ min: 0, max: 256 }),
  size: fc.maxSafeNat(),
  state: fc.constantFrom(...RECORD_STATES),
  slot: fc.constantFrom(0 as const, 1 as const),
  shift: fc.integer({ min: 0, max: 31 }),
  listed: fc.integer({ min: 0, max: slotOffset(1) - slotOffset(0) }),
  digest,
})

describe('a record', () => {
  test('comes back from its sector', () => {
    fc.assert(fc.property(records, (record) => {
      const sector = encodeRecord(record, sha256)
      expect(sector.length).toBe(SECTOR)
      expect(decodeRecord(sector, sha256)).toEqual(record)
    }))
  })

  test('that is cut off is none, wherever it is', () => {
    const sector = encodeRecord(fc.sample(records, 1)[0]!, sha256)
    for (let length = 0; length < SECTOR; length += 1) expect(decodeRecord(sector.subarray(0, length), sha256)).toBeUndefined()
    for (let written = 0; written < 192; written += 1) {
      // Zeros where the rest was not written; a record that ends with zeros has lost nothing by it.
      const torn = new Uint8Array(SECTOR)
      torn.set(sector.subarray(0, written))
      expect(decodeRecord(torn, sha256) !== undefined).toBe(Buffer.from(torn).equals(sector))
    }
  })

  test('with any byte changed is none', () => {
    fc.assert(fc.property(records, fc.integer({ min: 0, max: 191 }), fc.integer({ min: 1, max: 255 }), (record, at, change) => {
      const sector = encodeRecord(record, sha256)
      sector[at]! ^= change
      expect(decodeRecord(sector, sha256)).toBeUndefined()
    }))
  })

  test('is nothing that looks like one, however well it is signed', () => {
    const good = fc.sample(records, 1)[0]!
    for (const [at, value] of [[12, 3], [13, 2], [14, 32], [67, 1]] as const) {
      const sector = encodeRecord(good, sha256)
      sector[at] = value
      sector.set(sha256(sector.subarray(0, 160)), 160)
      expect(decodeRecord(sector, sha256), `byte ${at}`).toBeUndefined()
    }
    fc.assert(fc.property(fc.uint8Array({ minLength: SECTOR, maxLength: SECTOR }), (bytes) => decodeRecord(bytes, sha256) === undefined))
  })

  test('has nothing where systems look for a magic number', () => {
    fc.assert(fc.property(records, (record) => {
      const sector = encodeRecord(record, sha256)
      for (const at of [16, 17, 56, 57, 504, 505, 510, 511]) expect(sector[at]).toBe(0)
    }))
  })
})

describe('where it lies', () => {
  test.each<[Filesystem, number]>([
    ['ext4', 1024], ['ext2', 1024], ['f2fs', 1024], ['btrfs', 65_536], ['swap', 3584], ['lvm', 512], ['ntfs', 0], ['xfs', 0], ['fat32', 0],
    ['exfat', 0], ['luks', 0], ['unknown', 0],
  ])('%s: at byte %d, where its signature is', (filesystem, offset) => {
    expect(recordOffset(filesystem, HEAD)).toBe(offset)
  })

  test('is always on the target, in its head, and between it and the bitmaps is room', () => {
    for (const filesystem of Filesystem.options) {
      for (const size of [SECTOR, 1024, 4096, HEAD, 2 ** 40]) {
        const offset = recordOffset(filesystem, size)!
        expect(offset + SECTOR).toBeLessThanOrEqual(Math.min(size, slotOffset(0)))
        expect(offset % SECTOR).toBe(0)
      }
      expect(recordOffset(filesystem, SECTOR - 1)).toBeUndefined()
    }
  })
})

describe('the bitmap', () => {
  test('fits its slot, whatever the number of places', () => {
    const room = slotOffset(1) - slotOffset(0)
    expect(slotOffset(1) + room).toBe(HEAD)
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (places) => {
      const shift = bitmapShift(places, HEAD)!
      expect(bitmapBytes(places, shift)).toBeLessThanOrEqual(room)
      expect(shift > 0 && bitmapBytes(places, shift - 1) <= room).toBe(false)
    }))
  })

  test('has no room on a target that is all head', () => {
    expect(bitmapShift(10, HEAD - 1)).toBeUndefined()
  })
})
