import { describe, expect, test } from 'vitest'
import { RESULT } from '#shared/domain/result-codes.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import { totalLength } from '../extents.ts'
import type { LocalDisk } from './local-disks.ts'
import { recordedInventory } from '../../../tests/fixtures/machines/machines.ts'
import { partition } from '../../../tests/support/hardware.ts'
import { planCapture, type CaptureIntent } from './plan-capture.ts'

const { disks: gpt } = await recordedInventory('uefi-nvme-usb')
const { disks: msdos } = await recordedInventory('bios-sata-msdos')

/** The same disks with another filesystem in one partition. */
const withFilesystem = (disks: readonly LocalDisk[], number: number, filesystem: Filesystem): LocalDisk[] =>
  disks.map((local) => ({
    ...local,
    disk: { ...local.disk, partitions: local.disk.partitions.map((one) => (one.number === number ? { ...one, filesystem } : one)) },
  }))

function refusal(disks: readonly LocalDisk[], intent: CaptureIntent): number {
  try {
    planCapture(disks, intent)
    return RESULT.ok
  } catch (error) {
    if (error instanceof ClonaulaError) return error.code
    throw error
  }
}

describe('a whole disk', () => {
  test('with GPT: boot code without the table, what the filesystems use, swap’s header', () => {
    const { volumes, layout } = planCapture(gpt, { source: { disk: 1 }, mode: 'used' })
    expect(volumes.map(({ number, mode, areas }) => ({ number, mode, areas }))).toEqual([
      { number: 0, mode: 'sector', areas: [{ offset: 0, length: 440 }] },
      { number: 1, mode: 'sector', areas: undefined },
      { number: 2, mode: 'used', areas: undefined },
      { number: 3, mode: 'used', areas: undefined },
      { number: 5, mode: 'sector', areas: [{ offset: 0, length: 4096 }] },
      { number: 6, mode: 'used', areas: undefined },
    ])
    expect(layout).toMatchObject({ label: 'gpt', firstLba: 34, lastLba: 655_326, sectorSize: 512 })
    expect(layout?.partitions[0]).not.toHaveProperty('filesystem')
    expect(volumes.find(({ number }) => number === 5)?.minimumSize).toBe(20480 * 512)
  })

  test('with MBR: the gap too, and no volume for the extended partition', () => {
    const { volumes, layout } = planCapture(msdos, { source: { disk: 1 }, mode: 'used' })
    expect(volumes[0]).toMatchObject({ areas: [{ offset: 0, length: 440 }, { offset: 512, length: 1024 * 1024 - 512 }], minimumSize: 1024 * 1024 })
    expect(volumes.map(({ number }) => number)).toEqual([0, 1, 5, 6])
    expect(layout?.partitions.map(({ number }) => number)).toEqual([1, 2, 5, 6])
  })

  test('without its CACHE, whoever uses that: neither content nor place is in the image', () => {
    const [local] = withFilesystem(gpt, 5, 'ext4')
    if (local === undefined) throw new Error('no disk was recorded')
    const partitions = local.disk.partitions.map((one) => (one.number === 5 ? { ...one, label: 'CACHE' } : one))
    const cached = { ...local, disk: { ...local.disk, partitions }, inUse: new Map([[5, ['/dev/nvme0n1p5: /run/clonaula/cache']]]) }
    const { volumes, layout, parts, cache } = planCapture([cached], { source: { disk: 1 }, mode: 'used' })
    expect(volumes.map(({ number }) => number)).toEqual([0, 1, 2, 3, 6])
    expect(layout?.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 6])
    expect(parts.map(({ partition }) => partition.number)).toEqual([1, 2, 3, 6])
    expect(cache).toBe('/dev/nvme0n1p5')
  })

  test.each<Filesystem>(['none', 'unknown', 'luks', 'lvm', 'bitlocker'])('keeps every sector of what nobody can look into: %s', (filesystem) => {
    const { volumes, parts } = planCapture(withFilesystem(gpt, 6, filesystem), { source: { disk: 1 }, mode: 'used' })
    expect(volumes.at(-1)).toMatchObject({ number: 6, mode: 'sector' })
    expect(parts.at(-1)).toMatchObject({ part: 'sector', partition: { filesystem } })
    const alone = planCapture(withFilesystem(gpt, 6, filesystem), { source: { disk: 1, partition: 6 }, mode: 'used' })
    expect(alone.volumes).toMatchObject([{ number: 6, mode: 'sector' }])
  })

  test('keeps every sector of everything when that is asked for', () => {
    const sectors = planCapture(withFilesystem(gpt, 6, 'luks'), { source: { disk: 1 }, mode: 'sector' })
    expect(sectors.volumes.slice(1).every(({ mode, areas }) => mode === 'sector' && areas === undefined)).toBe(true)
    const [outside] = sectors.volumes
    expect(outside).toMatchObject({ number: 0, mode: 'sector', minimumSize: sectors.disk.size })
    const table = 440 - 34 * 512 - 33 * 512
    const partitions = sectors.disk.partitions.reduce((sum, { size }) => sum + size, 0)
    expect(totalLength(outside!.areas!)).toBe(sectors.disk.size - partitions + table)
  })
})

describe('refusals', () => {
  test.each([
    ['an unknown disk', gpt, { source: { disk: 9 } }, RESULT.noUsablePartition],
    ['an unknown partition', gpt, { source: { disk: 1, partition: 4 } }, RESULT.noUsablePartition],
    ['an extended partition', msdos, { source: { disk: 1, partition: 2 } }, RESULT.noUsablePartition],
    ['a disk with nothing but a CACHE', gpt.map((local) => ({
      ...local, disk: { ...local.disk, partitions: [partition(4, { label: 'CACHE' })] },
    })), { source: { disk: 1 } }, RESULT.noUsablePartition],
    ['a disk without partitions', msdos, { source: { disk: 2 } }, RESULT.noUsablePartition],
    ['a hibernated Linux', gpt.map((local) => ({ ...local, suspended: [5] })), { source: { disk: 1 } }, RESULT.hibernated],
    ['what is mounted', gpt.map((local) => ({ ...local, inUse: new Map([[6, ['/dev/nvme0n1p6: /']]]) })), { source: { disk: 1 } }, RESULT.inUse],
  ])('%s', (_, disks, intent, code) => {
    expect(refusal(disks, { mode: 'used', ...intent })).toBe(code)
  })

  test('a mounted partition keeps nobody from another', () => {
    const mounted = gpt.map((local) => ({ ...local, inUse: new Map([[6, ['/dev/nvme0n1p6: /']]]) }))
    expect(refusal(mounted, { source: { disk: 1, partition: 3 }, mode: 'used' })).toBe(RESULT.ok)
  })
})
