import { describe, expect, test } from 'vitest'
import type { Disk, Partition } from '#shared/domain/disk.ts'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'
import { partition } from '../../../tests/support/hardware.ts'
import { totalLength } from '../extents.ts'
import { outerAreas, sparedAreas } from './outer-areas.ts'

const MIB = 1024 * 1024
const SIZE = 1000 * MIB
const TAIL = 33 * 512

const disk = (label: Disk['label'], partitions: Partition[]): Disk => ({
  number: 1, device: '/dev/sda', size: SIZE, sectorSize: 512, model: '', serial: '', wwn: '', transport: '', removable: false, label, tableId: '', partitions,
})
const place = (number: number, start: number, size: number, type = '83'): Partition => partition(number, { start: start * MIB, size: size * MIB, type })
const layout = (label: DiskLayout['label'], partitions: LayoutPartition[], size = SIZE): DiskLayout => ({
  label, id: '', size, sectorSize: 512, firstLba: 34, lastLba: size / 512 - 34, partitions,
})

describe('outside of the partitions', () => {
  test('GPT: boot code, the gaps and the tail, but neither of the two tables', () => {
    expect(outerAreas(disk('gpt', [place(2, 500, 100), place(1, 1, 99)]))).toEqual([
      { offset: 0, length: 440 },
      { offset: 34 * 512, length: MIB - 34 * 512 },
      { offset: 100 * MIB, length: 400 * MIB },
      { offset: 600 * MIB, length: 400 * MIB - TAIL },
    ])
  })

  test('GPT of more entries than usual: none of them', () => {
    expect(outerAreas(disk('gpt', [place(130, 1, 999)]))).toEqual([{ offset: 0, length: 440 }, { offset: 35 * 512, length: MIB - 35 * 512 }])
  })

  test('MBR: of an extended partition all but the logical ones, and the disk to its last sector', () => {
    expect(outerAreas(disk('msdos', [place(1, 1, 99), place(2, 200, 500, '05'), place(5, 201, 99), place(6, 400, 300)]))).toEqual([
      { offset: 0, length: 440 },
      { offset: 512, length: MIB - 512 },
      { offset: 100 * MIB, length: 101 * MIB },
      { offset: 300 * MIB, length: 100 * MIB },
      { offset: 700 * MIB, length: 300 * MIB },
    ])
  })

  test('not what is left out, nor the chain that names it', () => {
    const cache = place(4, 900, 100)
    expect(totalLength(outerAreas(disk('msdos', [place(1, 1, 899), cache]), cache))).toBe(MIB - 72)
    const logical = place(5, 201, 99)
    expect(outerAreas(disk('msdos', [place(1, 1, 199), place(2, 200, 700, '05'), logical, place(6, 301, 99)]), logical)).toEqual([
      { offset: 0, length: 440 }, { offset: 512, length: MIB - 512 }, { offset: 900 * MIB, length: 100 * MIB },
    ])
  })
})

describe('what is spared of a target', () => {
  const logical = [place(2, 200, 500, '05'), place(5, 201, 99), place(6, 400, 300)]
  const covers = (areas: { offset: number; length: number }[], offset: number): boolean =>
    areas.some((area) => area.offset <= offset && offset < area.offset + area.length)

  test('the table, and its partitions', () => {
    const areas = sparedAreas(layout('gpt', [place(1, 1, 99)]), layout('gpt', [place(1, 1, 1999)], 2 * SIZE + MIB))
    for (const offset of [440, 512, 33 * 512, MIB, 1999 * MIB, 2 * SIZE + MIB - 512]) expect(covers(areas, offset), `${offset}`).toBe(true)
    for (const offset of [0, 439, 34 * 512, MIB - 1, 2 * SIZE]) expect(covers(areas, offset), `${offset}`).toBe(false)
  })

  test('the chain of logical partitions only where that is another one than on the source', () => {
    const before = layout('msdos', logical)
    const same = sparedAreas(before, { ...before, size: 2 * SIZE, partitions: [...logical, place(4, 1900, 50)] })
    expect(covers(same, 200 * MIB)).toBe(false)
    expect(covers(same, 1900 * MIB)).toBe(true)
    const grown = sparedAreas(before, layout('msdos', [place(2, 200, 1700, '05'), place(5, 201, 99), place(6, 400, 1500)], 2 * SIZE))
    expect(covers(grown, 200 * MIB)).toBe(true)
    expect(covers(grown, 399 * MIB)).toBe(true)
    expect(covers(grown, 199 * MIB)).toBe(false)
  })
})
