import { describe, expect, test } from 'vitest'
import { RESULT } from '#shared/domain/result-codes.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Firmware } from '#shared/domain/disk.ts'
import type { ManifestFacts } from '#shared/formats/manifest-facts.ts'
import type { LocalDisk } from './local-disks.ts'
import { recordedImage, recordedInventory } from '../../../tests/fixtures/machines/machines.ts'
import { partition } from '../../../tests/support/hardware.ts'
import { sfdiskScript } from './sfdisk-script.ts'
import { planRestore, type RestoreFacts, type RestoreIntent, type RestorePlan } from './plan-restore.ts'

const { disks: gptDisks } = await recordedInventory('uefi-nvme-usb')
const { disks: msdosDisks } = await recordedInventory('bios-sata-msdos')
const gptImage = await recordedImage('uefi-nvme-usb')
const msdosImage = await recordedImage('bios-sata-msdos')
const MIB = 1024 * 1024

const resized = (disks: readonly LocalDisk[], size: number): LocalDisk[] =>
  disks.map((local) => ({ ...local, disk: { ...local.disk, size: local.disk.number === 1 ? size : local.disk.size } }))

const facts = (image: ManifestFacts, disks: readonly LocalDisk[], firmware: Firmware = 'bios'): RestoreFacts => ({ image, disks, firmware })
const plan = (given: RestoreFacts, target: RestoreIntent['target'], volume?: number): RestorePlan =>
  planRestore(given, { target, volume, method: 'UNICAST-DIRECT' })

function refusal(given: RestoreFacts, intent: Partial<RestoreIntent> & Pick<RestoreIntent, 'target'>): ClonaulaError {
  try {
    planRestore(given, { method: 'UNICAST-DIRECT', ...intent })
  } catch (error) {
    if (error instanceof ClonaulaError) return error
    throw error
  }
  throw new Error('it was not refused')
}

describe('a whole disk', () => {
  test('onto its own: the same identifiers, names and places; the last takes what was left free', () => {
    const { table, placements, bootAreas } = plan(facts(gptImage, gptDisks), { disk: 1 })
    expect(table && sfdiskScript(table, '/dev/nvme0n1')).toBe(`label: gpt
label-id: 11111111-2222-4333-8444-555555555555
unit: sectors
first-lba: 34

/dev/nvme0n1p1 : start=2048, size=2048, type=21686148-6449-6E6F-744E-656564454649, uuid=82661CB1-81B8-7A49-BCAA-A95DD308288D, name="BIOS boot"
/dev/nvme0n1p2 : start=4096, size=81920, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=7B35026A-8B15-A040-B7EB-6FA91D839DEB, name="EFI \\x22System\\x22"
/dev/nvme0n1p3 : start=86016, size=122880, type=EBD0A0A2-B9E5-4433-87C0-68B6B72699C7, uuid=45D062C5-E8FE-DA4B-8818-515D135A529E, name="Windows, ñ", attrs="GUID:63"
/dev/nvme0n1p5 : start=208896, size=20480, type=0657FD6D-A4AB-43C4-84E5-0933C84B4F4F, uuid=E4BE8A5E-08F3-044B-9CD9-1543FB5728F1
/dev/nvme0n1p6 : start=229376, size=423936, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, uuid=66666666-7777-4888-9999-AAAAAAAAAAAA
`)
    expect(placements.map(({ volume, device }) => [volume, device])).toEqual([
      [1, '/dev/nvme0n1p1'], [2, '/dev/nvme0n1p2'], [3, '/dev/nvme0n1p3'], [5, '/dev/nvme0n1p5'], [6, '/dev/nvme0n1p6'],
    ])
    expect(bootAreas).toBe(true)
  })

  test.each([
    ['a larger disk: the last filesystem grows to the last whole MiB before the second GPT', 1000 * MIB, 999 * MIB],
    ['a disk that ends with its data: no sector is lost to alignment', 229376 * 512 + 409600 * 512 + 33 * 512, 639_000 * 512 - 24 * 512],
  ])('onto %s', (_, size, end) => {
    const { table } = plan(facts(gptImage, resized(gptDisks, size)), { disk: 1 })
    const last = table?.partitions.at(-1)
    expect((last?.start ?? 0) + (last?.size ?? 0)).toBe(end)
  })

  test('onto a smaller disk, as long as the filesystem fits', () => {
    const small = { ...gptImage, volumes: gptImage.volumes.map((volume) => (volume.number === 6 ? { ...volume, minimumSize: 100 * MIB } : volume)) }
    const { table } = plan(facts(small, resized(gptDisks, 250 * MIB)), { disk: 1 })
    const last = table?.partitions.at(-1)
    expect((last?.start ?? 0) + (last?.size ?? 0)).toBe(250 * MIB - 33 * 512)
    expect(refusal(facts(small, resized(gptDisks, 200 * MIB)), { target: { disk: 1 } })).toMatchObject({
      code: RESULT.diskTooSmall, params: { target: '/dev/nvme0n1', needed: 212 * MIB + 33 * 512, available: 200 * MIB },
    })
  })

  test('every sector: as it was onto a disk of that size, and onto no smaller one', () => {
    const { size } = gptImage.disk!
    const whole = { ...gptImage, volumes: gptImage.volumes.map((volume) => (volume.number === 0 ? { ...volume, minimumSize: size } : volume)) }
    const exact = plan(facts(whole, resized(gptDisks, size)), { disk: 1 })
    expect(exact.table?.partitions).toEqual(gptImage.disk!.partitions)
    expect(exact.spare).toContainEqual({ offset: 2048 * 512, length: 2048 * 512 })
    expect(refusal(facts(whole, resized(gptDisks, size - 512)), { target: { disk: 1 } })).toMatchObject({
      code: RESULT.diskTooSmall, params: { target: '/dev/nvme0n1', needed: size, available: size - 512 },
    })
    expect(plan(facts(whole, resized(gptDisks, 1000 * MIB)), { disk: 1 }).table?.partitions.at(-1)?.size).toBeGreaterThan(700 * MIB)
  })

  test('with MBR: the extended partition grows around the last logical one', () => {
    const { table } = plan(facts(msdosImage, resized(msdosDisks, 500 * MIB)), { disk: 1 })
    expect(table && sfdiskScript(table, '/dev/sda').split('\n').slice(4)).toEqual([
      '/dev/sda1 : start=2048, size=204800, type=07, bootable',
      `/dev/sda2 : start=206848, size=${1024_000 - 206_848}, type=05`,
      '/dev/sda5 : start=208896, size=40960, type=82',
      `/dev/sda6 : start=251904, size=${1024_000 - 251_904}, type=83`,
      '',
    ])
  })

  test('leaves a last partition that cannot grow as it was', () => {
    const layout = gptImage.disk
    const image = { ...gptImage, ...(layout && { disk: { ...layout, partitions: layout.partitions.slice(0, 4) } }) }
    expect(plan(facts(image, resized(gptDisks, 1000 * MIB)), { disk: 1 }).table?.partitions.at(-1)?.size).toBe(20480 * 512)
  })
})

describe('the CACHE of a whole disk', () => {
  /** A disk of 1000 MiB with nothing but a CACHE, at the end. */
  const withCache = (number: number, label: 'gpt' | 'msdos', inUse: string[] = []): LocalDisk[] =>
    resized(gptDisks, 1000 * MIB).map((local) => ({
      ...local,
      disk: { ...local.disk, label, partitions: [partition(number, { start: 899 * MIB, size: 100 * MIB, label: 'CACHE', type: 'ca', uuid: 'AB-04' })] },
      inUse: new Map([[number, inUse]]),
    }))

  test('stays where it is, as it is, and what is in front of it grows up to it', () => {
    const given = plan(facts(gptImage, withCache(4, 'gpt')), { disk: 1 })
    expect(given).toMatchObject({ keeps: 4 })
    expect(given.table?.partitions.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6])
    expect(given.table?.partitions[3]).toMatchObject({ start: 899 * MIB, size: 100 * MIB, type: 'ca', uuid: 'AB-04' })
    const last = given.table?.partitions.at(-1)
    expect((last?.start ?? 0) + (last?.size ?? 0)).toBe(899 * MIB)
    expect(given.placements.map(({ partition: number }) => number)).toEqual([1, 2, 3, 5, 6])
  })

  test('takes another number where the image has its own, and the type and identifier of the other kind of table', () => {
    const { keeps, table } = plan(facts(gptImage, withCache(3, 'msdos')), { disk: 1 })
    expect(keeps).toBe(4)
    expect(table && sfdiskScript(table, '/dev/nvme0n1')).toContain(
      `/dev/nvme0n1p4 : start=${899 * 2048}, size=204800, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="CACHE"\n`)
    const onMsdos = plan(facts(msdosImage, withCache(6, 'gpt')), { disk: 1 })
    expect(onMsdos.keeps).toBe(4)
    expect(onMsdos.table?.partitions.find(({ number }) => number === 4)).toMatchObject({
      type: 'ca', name: '', uuid: `${msdosImage.disk?.id.slice(2)}-04`,
    })
  })

  test('is in use by who reads the image from it, and by nobody else', () => {
    const mounted = facts(gptImage, withCache(4, 'gpt', ['/dev/nvme0n1p4: /run/clonaula/cache']))
    expect(planRestore(mounted, { target: { disk: 1 }, method: 'UNICAST-CACHE' })).toMatchObject({ keeps: 4 })
    expect(refusal(mounted, { target: { disk: 1 } }).code).toBe(RESULT.inUse)
  })

  test('is erased when the image needs its place, but not by what reads from it', () => {
    const large = { ...gptImage, volumes: gptImage.volumes.map((volume) => (volume.number === 6 ? { ...volume, minimumSize: 800 * MIB } : volume)) }
    const given = facts(large, withCache(4, 'gpt'))
    expect(plan(given, { disk: 1 })).not.toHaveProperty('keeps')
    expect(refusal(given, { target: { disk: 1 }, method: 'UNICAST-CACHE' })).toMatchObject({
      code: RESULT.cacheInTheWay, params: { target: '/dev/nvme0n1', needed: 912 * MIB, available: 899 * MIB },
    })
  })
})

describe('one partition', () => {
  test('of the image goes into one of the disk, and nothing else changes', () => {
    expect(plan(facts(gptImage, gptDisks), { disk: 1, partition: 6 }, 6)).toMatchObject({
      device: '/dev/nvme0n1p6', bootAreas: false, placements: [{ volume: 6, partition: 6, device: '/dev/nvme0n1p6' }],
    })
    expect(plan(facts(gptImage, gptDisks), { disk: 1, partition: 6 }, 6)).not.toHaveProperty('table')
    expect(plan(facts(gptImage, gptDisks), { disk: 1, partition: 6 }, 6)).not.toHaveProperty('type')
  })

  test('changes the type of a partition that was for something else', () => {
    expect(plan(facts(gptImage, gptDisks), { disk: 1, partition: 6 }, 3).type).toEqual({ partition: 6, type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' })
    expect(plan(facts(gptImage, msdosDisks), { disk: 1, partition: 6 }, 3).type).toEqual({ partition: 6, type: '07' })
  })

  test('of an image of one partition needs no choice', () => {
    const image: ManifestFacts = { ...gptImage, volumes: gptImage.volumes.filter(({ number }) => number === 2) }
    delete image.disk
    expect(plan(facts(image, gptDisks), { disk: 1, partition: 6 }).placements[0]?.volume).toBe(2)
  })
})

describe('refusals', () => {
  const { disk: _, ...partitionImage } = gptImage
  const mounted = gptDisks.map((local) => ({ ...local, inUse: new Map([[3, ['/dev/nvme0n1p3: /mnt']]]) }))
  const coarse = gptDisks.map((local) => ({ ...local, disk: { ...local.disk, sectorSize: 4096 } }))
  const uefiOnly: ManifestFacts = {
    ...gptImage, ...(gptImage.disk && { disk: { ...gptImage.disk, partitions: gptImage.disk.partitions.filter(({ number }) => number !== 1) } }),
  }

  test.each([
    ['a disk that is not there', facts(gptImage, gptDisks), { target: { disk: 3 } }, RESULT.partition],
    ['a partition that is not there', facts(gptImage, gptDisks), { target: { disk: 1, partition: 4 } }, RESULT.partition],
    ['an extended partition', facts(gptImage, msdosDisks), { target: { disk: 1, partition: 2 } }, RESULT.partition],
    ['a removable disk', facts(gptImage, gptDisks), { target: { disk: 2 } }, RESULT.removable],
    ['a mounted partition', facts(gptImage, mounted), { target: { disk: 1, partition: 3 }, volume: 3 }, RESULT.inUse],
    ['a disk with a mounted partition', facts(gptImage, mounted), { target: { disk: 1 } }, RESULT.inUse],
    ['a partition that is too small', facts(gptImage, gptDisks), { target: { disk: 1, partition: 2 }, volume: 6 }, RESULT.partitionTooSmall],
    ['a disk that is too small', facts(gptImage, msdosDisks), { target: { disk: 2 } }, RESULT.diskTooSmall],
    ['other sectors', facts(gptImage, coarse), { target: { disk: 1 } }, RESULT.image],
    ['a partition’s image on a disk', facts(partitionImage, gptDisks), { target: { disk: 1 } }, RESULT.imageKind],
    ['a disk’s image in a partition', facts(gptImage, gptDisks), { target: { disk: 1, partition: 6 } }, RESULT.imageKind],
    ['boot areas in a partition', facts(gptImage, gptDisks), { target: { disk: 1, partition: 6 }, volume: 0 }, RESULT.imageKind],
    ['an image that BIOS starts, on UEFI', facts(msdosImage, msdosDisks, 'uefi'), { target: { disk: 1 } }, RESULT.notBios],
    ['an image that UEFI starts, on BIOS', facts(uefiOnly, gptDisks, 'bios'), { target: { disk: 1 } }, RESULT.notUefi],
  ])('%s', (_name, given, intent, code) => {
    expect(refusal(given, intent).code).toBe(code)
  })

  test('a mounted partition keeps nobody from another', () => {
    expect(plan(facts(gptImage, mounted), { disk: 1, partition: 6 }, 6).device).toBe('/dev/nvme0n1p6')
  })
})
