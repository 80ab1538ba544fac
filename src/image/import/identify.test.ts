import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUsed } from '../disk/superblock.ts'
import { SUPERBLOCK_BYTES } from '../used-map/superblock.ts'
import { identifyFilesystem, IDENTITY_BYTES } from './identify.ts'

const MAGICS: [string, number, Buffer][] = [
  ['ntfs', 3, Buffer.from('NTFS    ')], ['exfat', 3, Buffer.from('EXFAT   ')], ['xfs', 0, Buffer.from('XFSB')], ['ext', 1024 + 0x38, Buffer.from([0x53, 0xef])],
  ['btrfs', 65_536 + 0x40, Buffer.from('_BHRfS_M')], ['f2fs', 1024, Buffer.from([0x10, 0x20, 0xf5, 0xf2])], ['swap', 4086, Buffer.from('SWAPSPACE2')],
  ['fat', 510, Buffer.from([0x55, 0xaa])], ['luks', 0, Buffer.from('LUKS\xba\xbe', 'latin1')], ['bitlocker', 3, Buffer.from('-FVE-FS-')],
]

/** A volume whose first bytes are anything but for a filesystem's magic number; cut off anywhere. */
const head = fc.tuple(fc.constantFrom(...MAGICS), fc.uint8Array({ minLength: 64, maxLength: 4096 }), fc.nat(IDENTITY_BYTES)).map(([[, at, magic], noise, length]) => {
  const bytes = Buffer.alloc(IDENTITY_BYTES)
  for (let from = 0; from < bytes.length; from += noise.length) bytes.set(noise.subarray(0, bytes.length - from), from)
  magic.copy(bytes, at)
  return Uint8Array.from(bytes.subarray(0, length))
})

test('whatever superblocks say, what comes of it can be shown, written and reckoned with', () => {
  fc.assert(fc.property(head, (bytes) => {
    const identity = identifyFilesystem(bytes)
    const { label, uuid, size = 1 } = identity ?? { label: '', uuid: '' }
    expect(label.length).toBeLessThanOrEqual(200)
    expect(label).not.toMatch(/\p{Cc}/u)
    expect(uuid).toMatch(/^[\x20-\x7e]*$/)
    expect(Number.isSafeInteger(size) && size > 0).toBe(true)
  }), { numRuns: 500 })
})

test('what is no filesystem, and must not be taken for one, is known too', () => {
  const uuid = '6a1f5c9e-2b64-4c0b-9a51-3f0d7c5b8e21'
  const volume = (at: number, ...words: [number, string][]): Buffer => {
    const bytes = Buffer.alloc(4096)
    for (const [offset, word] of words) bytes.write(word, at + offset, 'latin1')
    return bytes
  }
  expect(identifyFilesystem(volume(0, [0, 'LUKS\xba\xbe'], [168, uuid]))).toEqual({ filesystem: 'luks', label: '', uuid })
  expect(identifyFilesystem(volume(0, [3, '-FVE-FS-'], [510, '\x55\xaa']))).toMatchObject({ filesystem: 'bitlocker' })
  expect(identifyFilesystem(volume(512, [0, 'LABELONE'], [24, 'LVM2 001']))).toMatchObject({ filesystem: 'lvm' })
})

test('as much as is in use is a number of bytes, or is not known', () => {
  fc.assert(fc.property(head, fc.constantFrom('ext4' as const, 'fat32' as const, 'exfat' as const, 'xfs' as const, 'btrfs' as const), (bytes, filesystem) => {
    const used = decodeUsed(filesystem, bytes)
    return used === undefined || (Number.isSafeInteger(used) && used >= 0)
  }), { numRuns: 500 })
  expect(decodeUsed('ext4', new Uint8Array(SUPERBLOCK_BYTES - 1))).toBeUndefined()
})
