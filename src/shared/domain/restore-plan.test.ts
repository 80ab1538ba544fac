import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { EngineRules } from './automatic-change.ts'
import { Hardware } from './computer.ts'
import { ComputerState } from './computer.ts'
import { Disk } from './disk.ts'
import { ComputerId, HostName } from './ids.ts'
import { RestoreMethod } from './method.ts'
import { planRestore as plan, type PlannedComputer, type PlannedImage, type PlannedRestore, type PlannedTransfer } from './restore-plan.ts'
import type { VolumeView } from '../contract/views.ts'

const GB = 1e9

const partition = (number: number, size: number, changes: object = {}): object => ({
  number, start: number * GB, size, type: '83', uuid: '', name: '', attributes: '', bootable: false,
  filesystem: 'ext4', label: '', filesystemUuid: '', ...changes,
})
const disk = (number: number, changes: object = {}): Disk => Disk.parse({
  number, device: `/dev/sd${'abcdef'[number - 1]}`, size: 100 * GB, sectorSize: 512, model: 'QEMU DISK', serial: 'S1', wwn: '',
  transport: 'sata', removable: false, label: 'msdos', tableId: '', partitions: [], ...changes,
})
const sda = disk(1, {
  partitions: [
    partition(1, 50 * GB, { filesystem: 'ntfs', label: 'Sistema', system: { family: 'windows', name: 'Windows 11' } }),
    partition(2, 10 * GB),
    partition(4, 20 * GB, { type: '05', filesystem: 'none' }),
  ],
})
const hardware = (changes: Partial<Hardware> = {}): Hardware => ({
  firmware: 'bios', secureBoot: false, manufacturer: '', product: '', serial: '', uuid: '', processor: '', cores: 2, memory: GB,
  interfaces: [], disks: [sda], ...changes,
})
const pc = (changes: Partial<PlannedComputer> = {}): PlannedComputer => ({
  id: ComputerId.parse(7), name: HostName.parse('pc-07'), state: 'waiting', hardware: hardware(), ...changes,
})
const volume = (number: number, changes: Partial<VolumeView> = {}): VolumeView => ({
  partition: number, filesystem: 'ntfs', label: '', size: 60 * GB, used: 8 * GB, minimumSize: 9 * GB, mode: 'used', ...changes,
})
const partitionImage: PlannedImage = { name: 'Win11', kind: 'partition', revision: { volumes: [volume(3)] } }
const needs = { label: 'gpt', size: 200 * GB, sectorSize: 512, minimumSize: 80 * GB, boots: [] } as const
const diskImage = (changes: object = {}): PlannedImage => ({
  name: 'Aula', kind: 'disk', revision: { volumes: [volume(1), volume(2, { used: GB })], disk: { ...needs, boots: [], ...changes } },
})
const to = (target: PlannedRestore['target'], changes: Partial<PlannedRestore> = {}): PlannedRestore => ({
  target, method: 'UNICAST-DIRECT', ...changes,
})

/** On a computer without a CACHE, unless said. */
const planRestore = (
  computer: PlannedComputer, image: PlannedImage, request: PlannedRestore, transfer: Partial<PlannedTransfer> = {},
) => plan(computer, image, request, { command: 'restore', cache: undefined, rules: EngineRules.parse({}), ...transfer })

describe('what goes', () => {
  test('the image of a partition into a partition that is smaller than its source', () => {
    expect(planRestore(pc(), partitionImage, to({ disk: 1, partition: 1 }))).toEqual({
      computerId: 7, computerName: 'pc-07', ok: true, bytes: 8 * GB, erases: ['/dev/sda1 · Windows 11 · ntfs · Sistema'], use: { method: 'UNICAST-DIRECT' },
      space: { needed: 9 * GB, available: 50 * GB },
    })
  })

  test('a partition of a disk image into a partition', () => {
    const row = planRestore(pc(), diskImage(), to({ disk: 1, partition: 2 }, { volume: 2 }))
    expect(row).toMatchObject({ ok: true, bytes: GB, erases: ['/dev/sda2 · ext4'] })
  })

  test('a disk image to a whole disk; all that was on it is named', () => {
    const row = planRestore(pc(), diskImage(), to({ disk: 1 }))
    expect(row).toMatchObject({ ok: true, bytes: 9 * GB, space: { needed: 80 * GB, available: 100 * GB } })
    expect(row.erases).toEqual(['/dev/sda · QEMU DISK · S1', '/dev/sda1 · Windows 11 · ntfs · Sistema', '/dev/sda2 · ext4', '/dev/sda4'])
  })

  test('the CACHE stays, in front of which the image has room; where it has none, only what does not need it erases it', () => {
    const cache = partition(4, 10 * GB, { start: 90 * GB, label: 'CACHE' })
    const computer = pc({ hardware: hardware({ disks: [disk(1, { partitions: [partition(1, 50 * GB), cache] })] }) })
    const byCache = to({ disk: 1 }, { method: 'UNICAST-CACHE' })
    const room = { cache: { size: 9 * GB, free: 9 * GB, missing: GB, image: GB } }
    const [tight, large] = [diskImage({ minimumSize: 90 * GB, label: 'msdos' }), diskImage({ minimumSize: 90 * GB + 1, label: 'msdos' })]
    for (const request of [byCache, to({ disk: 1 })]) {
      expect(planRestore(computer, tight, request, room).erases).toEqual(['/dev/sda · QEMU DISK · S1', '/dev/sda1 · ext4'])
    }
    expect(planRestore(computer, large, to({ disk: 1 })).erases).toContain('/dev/sda4 · ext4 · CACHE')
    expect(planRestore(computer, large, byCache, room)).toMatchObject({
      ok: false, refusal: { result: 'cacheInTheWay', params: { target: '/dev/sda', needed: 90 * GB + 1, available: 90 * GB } },
    })
  })

  test('onto the CACHE itself goes only what is not read from it, and the CACHE is lost', () => {
    const cache = partition(2, 20 * GB, { label: 'CACHE' })
    const computer = pc({ hardware: hardware({ disks: [disk(1, { partitions: [partition(1, 50 * GB), cache] })] }) })
    const room = { cache: { size: 19 * GB, free: 9 * GB, missing: 0, image: GB } }
    expect(planRestore(computer, partitionImage, to({ disk: 1, partition: 2 }, { method: 'UNICAST-CACHE' }), room)).toMatchObject({
      ok: false, erases: [], refusal: { result: 'inUse', params: { target: '/dev/sda2' } },
    })
    expect(planRestore(computer, partitionImage, to({ disk: 1, partition: 2 }))).toMatchObject({ ok: true, losesCache: true, erases: ['/dev/sda2 · ext4 · CACHE'] })
    expect(planRestore(computer, partitionImage, to({ disk: 1, partition: 1 }))).not.toHaveProperty('losesCache')
  })

  test('a CACHE has no number left beside three partitions and the extended one that holds logical ones', () => {
    const cache = partition(3, 10 * GB, { start: 90 * GB, label: 'CACHE' })
    const computer = pc({ hardware: hardware({ disks: [disk(1, { partitions: [cache] })] }) })
    const image = (numbers: number[]): PlannedImage =>
      ({ name: 'Aula', kind: 'disk', revision: { volumes: numbers.map((number) => volume(number)), disk: { ...needs, label: 'msdos', boots: [] } } })
    expect(planRestore(computer, image([1, 2, 5]), to({ disk: 1 })).erases).toEqual(['/dev/sda · QEMU DISK · S1'])
    expect(planRestore(computer, image([1, 2, 3, 5]), to({ disk: 1 })).erases).toContain('/dev/sda3 · ext4 · CACHE')
  })

  test('an empty disk', () => {
    const computer = pc({ hardware: hardware({ disks: [disk(1, { label: 'none', model: '', serial: '' })] }) })
    expect(planRestore(computer, diskImage(), to({ disk: 1 }))).toMatchObject({ ok: true, erases: ['/dev/sda'] })
  })

  test('a partition that is exactly as large as needed', () => {
    const image = { ...partitionImage, revision: { volumes: [volume(1, { minimumSize: 10 * GB })] } }
    expect(planRestore(pc(), image, to({ disk: 1, partition: 2 })).ok).toBe(true)
  })

  test.each([
    ['bios', ['bios']], ['uefi', ['uefi']], ['uefi', ['bios', 'uefi']], ['bios', ['bios', 'uefi']], ['bios', []], ['uefi', []],
  ] as const)('a disk for %s with an image that starts from %j', (firmware, boots) => {
    expect(planRestore(pc({ hardware: hardware({ firmware }) }), diskImage({ boots }), to({ disk: 1 })).ok).toBe(true)
  })
})

describe('what is refused', () => {
  const partition1 = to({ disk: 1, partition: 1 })
  test.each<[string, PlannedComputer, PlannedImage, PlannedRestore, string, object]>([
    ['off', pc({ state: 'off' }), partitionImage, partition1, 'noAgent', {}],
    ['still starting', pc({ state: 'starting' }), partitionImage, partition1, 'noAgent', {}],
    ['in its own Windows', pc({ state: 'windows' }), partitionImage, partition1, 'noAgent', {}],
    ['in its own Linux', pc({ state: 'linux' }), partitionImage, partition1, 'noAgent', {}],
    ['never inventoried', { id: pc().id, name: pc().name, state: 'waiting' }, partitionImage, partition1, 'noAgent', {}],
    ['busy', pc({ state: 'busy' }), partitionImage, partition1, 'busy', {}],
    ['in maintenance', pc({ state: 'maintenance' }), partitionImage, partition1, 'maintenance', {}],
    ['no such disk', pc(), partitionImage, to({ disk: 2, partition: 1 }), 'partition', { target: '2' }],
    ['no such partition', pc(), partitionImage, to({ disk: 1, partition: 3 }), 'partition', { target: '/dev/sda3' }],
    ['an extended partition', pc(), partitionImage, to({ disk: 1, partition: 4 }), 'partition', { target: '/dev/sda4' }],
    ['a stick', pc({ hardware: hardware({ disks: [sda, disk(2, { removable: true })] }) }), diskImage(), to({ disk: 2 }),
      'removable', { target: '/dev/sdb' }],
    ['a partition that is too small', pc(), { ...partitionImage, revision: { volumes: [volume(1, { minimumSize: 10 * GB + 1 })] } },
      to({ disk: 1, partition: 2 }), 'partitionTooSmall', { target: '/dev/sda2', needed: 10 * GB + 1, available: 10 * GB }],
    ['a disk that is too small', pc(), diskImage({ minimumSize: 100 * GB + 1 }), to({ disk: 1 }), 'diskTooSmall',
      { target: '/dev/sda', needed: 100 * GB + 1, available: 100 * GB }],
    ['other sectors', pc(), diskImage({ sectorSize: 4096 }), to({ disk: 1 }), 'image', { image: 'Aula', problem: '4096 ≠ 512 B/sector' }],
    ['a disk image to a partition, nobody says which part', pc(), diskImage(), partition1, 'imageKind', { image: 'Aula' }],
    ['a part that the image does not have', pc(), diskImage(), to({ disk: 1, partition: 1 }, { volume: 9 }), 'imageKind', { image: 'Aula' }],
    ['the same of the image of a partition', pc(), partitionImage, to({ disk: 1, partition: 1 }, { volume: 1 }), 'imageKind', { image: 'Win11' }],
    ['the image of a partition to a whole disk', pc(), partitionImage, to({ disk: 1 }), 'imageKind', { image: 'Win11' }],
    ['one part of a disk image to a whole disk', pc(), diskImage(), to({ disk: 1 }, { volume: 1 }), 'imageKind', { image: 'Aula' }],
    ['UEFI image, BIOS computer', pc(), diskImage({ boots: ['uefi'] }), to({ disk: 1 }), 'notUefi', {}],
    ['BIOS image, UEFI computer', pc({ hardware: hardware({ firmware: 'uefi' }) }), diskImage({ boots: ['bios'] }), to({ disk: 1 }), 'notBios', {}],
  ])('%s', (_, computer, image, request, result, params) => {
    expect(planRestore(computer, image, request)).toEqual({
      computerId: 7, computerName: 'pc-07', ok: false, bytes: 0, erases: [], refusal: { result, params },
    })
  })

  test('the firmware does not matter for one partition: post-configuration sees to the boot loader', () => {
    expect(planRestore(pc(), diskImage({ boots: ['uefi'] }), to({ disk: 1, partition: 1 }, { volume: 1 })).ok).toBe(true)
  })
})

describe('how its data comes', () => {
  const byCache = to({ disk: 1, partition: 1 }, { method: 'UNICAST-CACHE' })
  const room = { size: 10 * GB, free: 2 * GB, missing: 3 * GB, image: 3 * GB }

  test('a computer without a CACHE changes to what the rules say', () => {
    expect(planRestore(pc(), partitionImage, byCache)).toMatchObject({ ok: true, use: { method: 'UNICAST-DIRECT', changed: 'noCache' } })
  })

  test('or is refused, with what is missing', () => {
    expect(planRestore(pc(), partitionImage, byCache, { rules: { noCache: 'NONE', fullCache: 'NONE' } })).toMatchObject(
      { ok: false, refusal: { result: 'noCache' } })
    expect(planRestore(pc(), partitionImage, byCache, { cache: room })).toMatchObject(
      { ok: false, refusal: { result: 'noSpace', params: { needed: 3 * GB, available: 2 * GB } } })
  })

  test('a full CACHE makes room when the rules say so', () => {
    expect(planRestore(pc(), partitionImage, byCache, { cache: room, rules: { noCache: 'UNICAST', fullCache: 'DELETE' } })).toMatchObject(
      { ok: true, use: { method: 'UNICAST-CACHE', makeRoom: 'DELETE' } })
  })

  test('what the CACHE lacks and has is said wherever one was asked for, and nowhere else', () => {
    const small = { ...room, size: 2 * GB }
    expect(planRestore(pc(), partitionImage, byCache, { cache: { ...room, missing: 0 } })).toMatchObject({ use: { cached: true }, cache: { missing: 0 } })
    expect(planRestore(pc(), partitionImage, byCache, { cache: small })).toMatchObject({ use: { changed: 'cacheTooSmall' }, cache: small })
    expect(planRestore(pc(), partitionImage, byCache)).not.toHaveProperty('cache')
    expect(planRestore(pc(), partitionImage, to({ disk: 1, partition: 1 }), { cache: room })).not.toHaveProperty('cache')
  })
})

test('whatever is asked: a row, which either erases something on a fixed disk of a waiting computer or says why not', () => {
  const disks = fc.array(fc.record({ removable: fc.boolean(), size: fc.integer({ min: 1, max: 200 }) }), { maxLength: 3 }).map((all) =>
    all.map(({ removable, size }, at) => disk(at + 1, { removable, size: size * GB, partitions: [partition(1, Math.ceil(size / 2) * GB)] })))
  fc.assert(fc.property(
    disks, fc.constantFrom(...ComputerState.options), fc.constantFrom(...RestoreMethod.options), fc.constantFrom<PlannedImage>(partitionImage, diskImage()),
    fc.integer({ min: 1, max: 4 }), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }), fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
    (all, state, method, image, number, part, wanted) => {
      const target = part === undefined ? { disk: number } : { disk: number, partition: part }
      const row = planRestore(pc({ state, hardware: hardware({ disks: all }) }), image, { target, method, volume: wanted })
      expect(row.ok).toBe(row.refusal === undefined)
      expect(row.ok).toBe(row.erases.length > 0)
      if (!row.ok) return
      const chosen = all.find((each) => each.number === number)
      expect(state).toBe('waiting')
      expect(chosen?.removable).toBe(false)
      expect(row.erases[0]).toContain(chosen?.device)
    },
  ))
})
