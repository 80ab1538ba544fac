import { describe, expect, test } from 'vitest'
import type { Hardware } from './computer.ts'
import type { Disk, Partition } from './disk.ts'
import { partitionGroups } from './partition-groups.ts'

const GIB = 2 ** 30

function partition(number: number, changes: Partial<Partition> = {}): Partition {
  return {
    number, start: number * GIB, size: 20 * GIB, type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', uuid: `u${number}`, name: '',
    attributes: '', bootable: false, filesystem: 'ext4', label: '', filesystemUuid: '', ...changes,
  }
}

function disk(partitions: Partition[], changes: Partial<Disk> = {}): Disk {
  return {
    number: 1, device: '/dev/sda', size: 100 * GIB, sectorSize: 512, model: 'Disk', serial: '', wwn: '', transport: 'sata',
    removable: false, label: 'gpt', tableId: '', partitions, ...changes,
  }
}

function computer(name: string, disks?: Disk[]): { name: string; hardware?: Hardware } {
  if (!disks) return { name }
  return {
    name,
    hardware: {
      firmware: 'uefi', secureBoot: false, manufacturer: '', product: '', serial: name, uuid: '', processor: '', cores: 2,
      memory: 4 * GIB, interfaces: [], disks,
    },
  }
}

const names = (groups: ReturnType<typeof partitionGroups<ReturnType<typeof computer>>>): string[][] =>
  groups.map((group) => group.computers.map(({ name }) => name))

describe('partition groups', () => {
  test('computers with the same table are one group, in the order given', () => {
    const table = [disk([partition(1), partition(2)])]
    expect(names(partitionGroups([computer('pc-2', table), computer('pc-1', table)]))).toEqual([['pc-2', 'pc-1']])
  })

  test('identities of disks and partitions do not set computers apart', () => {
    const a = disk([partition(1, { uuid: 'a', filesystemUuid: 'fa', label: 'one' })], { serial: 'S1', wwn: 'w1', tableId: 't1' })
    const b = disk([partition(1, { uuid: 'b', filesystemUuid: 'fb', label: 'two' })], { serial: 'S2', wwn: 'w2', tableId: 't2' })
    expect(partitionGroups([computer('pc-1', [a]), computer('pc-2', [b])])).toHaveLength(1)
  })

  test.each<[string, Disk]>([
    ['another number of partitions', disk([partition(1)])],
    ['another partition number', disk([partition(1), partition(3)])],
    ['another partition type', disk([partition(1), partition(2, { type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' })])],
    ['another kind of table', disk([partition(1), partition(2)], { label: 'msdos' })],
  ])('%s is always another group', (_, other) => {
    const usual = computer('pc-1', [disk([partition(1), partition(2)])])
    expect(partitionGroups([usual, computer('pc-2', [other])], [])).toHaveLength(2)
  })

  test.each<['size' | 'filesystem' | 'system', Disk]>([
    ['size', disk([partition(1, { size: 21 * GIB })])],
    ['size', disk([partition(1)], { size: 200 * GIB })],
    ['filesystem', disk([partition(1, { filesystem: 'xfs' })])],
    ['system', disk([partition(1, { system: { family: 'linux', name: 'Debian 13' } })])],
  ])('%s sets apart only while it is a criterion', (criterion, other) => {
    const pair = [computer('pc-1', [disk([partition(1)])]), computer('pc-2', [other])]
    expect(partitionGroups(pair)).toHaveLength(2)
    expect(partitionGroups(pair, [criterion])).toHaveLength(2)
    expect(partitionGroups(pair, (['size', 'filesystem', 'system'] as const).filter((c) => c !== criterion))).toHaveLength(1)
  })

  test('a stick left in a computer does not set it apart, nor is it offered', () => {
    const fixed = disk([partition(1)])
    const stick = disk([], { number: 2, device: '/dev/sdb', removable: true })
    const [group, ...rest] = partitionGroups([computer('pc-1', [fixed, stick]), computer('pc-2', [fixed])])
    expect(rest).toEqual([])
    expect(group?.disks).toEqual([fixed])
  })

  test('computers without an inventory are a group of their own, without disks', () => {
    const groups = partitionGroups([computer('pc-1'), computer('pc-2', [disk([partition(1)])]), computer('pc-3')])
    expect(names(groups)).toEqual([['pc-1', 'pc-3'], ['pc-2']])
    expect(groups[0]?.disks).toEqual([])
  })

  test('larger groups come first', () => {
    const one = [disk([partition(1)])]
    const two = [disk([partition(1), partition(2)])]
    expect(names(partitionGroups([computer('a', one), computer('b', two), computer('c', two)]))).toEqual([['b', 'c'], ['a']])
  })

  test('no computers, no groups', () => {
    expect(partitionGroups([])).toEqual([])
  })
})
