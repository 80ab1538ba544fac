import { describe, expect, test } from 'vitest'
import type { LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { grubProblem } from './grub-check.ts'

const partition = (start: number, type: string): LayoutPartition =>
  ({ number: 1, start: start * 512, size: 1024 * 1024, type, uuid: '', name: '', attributes: '', bootable: false })
const BIOS_BOOT = '21686148-6449-6E6F-744E-656564454649'

/** A boot sector that loads its second stage from a sector. */
function mbr(kernel: bigint, text = 'GRUB Geom'): Buffer {
  const bytes = Buffer.alloc(512)
  bytes.writeBigUInt64LE(kernel, 0x5c)
  bytes.write(text, 0x180, 'latin1')
  bytes.writeUInt16LE(0xaa55, 0x1fe)
  return bytes
}

const full = async (): Promise<Uint8Array> => Buffer.alloc(512, 0x52)

describe('grubProblem', () => {
  test.each([
    ['in the gap after the MBR', mbr(1n), [partition(2048, '83')]],
    ['in the BIOS boot partition', mbr(2048n), [partition(2048, BIOS_BOOT)]],
  ])('finds GRUB %s', async (_, sector, partitions) => {
    expect(await grubProblem(sector, 512, partitions, full)).toBeUndefined()
  })

  test.each([
    ['no boot sector', Buffer.alloc(512), full],
    ['another loader', mbr(1n, 'NTLDR'), full],
    ['a second stage inside a filesystem', mbr(2050n), full],
    ['a second stage at sector 0', mbr(0n), full],
    ['an empty second stage', mbr(1n), async () => new Uint8Array(512)],
    ['a disk that cannot be read', new Uint8Array(), full],
  ])('sees %s', async (_, sector, read) => {
    expect(await grubProblem(sector, 512, [partition(2048, '83')], read)).toBeTypeOf('string')
  })
})
