import { expect, test } from 'vitest'
import { DiskLayout } from './manifest-facts.ts'

const layout = (changes: object = {}, partition: object = {}) => ({
  label: 'gpt', id: '11111111-2222-4333-8444-555555555555', size: 1e9, sectorSize: 512, firstLba: 34, lastLba: 1_000_000,
  partitions: [{
    number: 1, start: 1048576, size: 1e8, type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', uuid: '', name: 'EFI "System", one',
    attributes: 'RequiredPartition GUID:63', bootable: false, ...partition,
  }],
  ...changes,
})

test('takes tables as sfdisk describes them', () => {
  expect(DiskLayout.safeParse(layout()).success).toBe(true)
  expect(DiskLayout.safeParse(layout({ label: 'msdos', id: '0x1a2b3c4d' }, { type: '83', uuid: '1a2b3c4d-01' })).success).toBe(true)
})

test.each([
  [{ id: 'x\nlabel: dos' }, {}],
  [{}, { type: '83, size=1' }],
  [{}, { type: '83\n/dev/sda2 : start=1' }],
  [{}, { uuid: 'x, bootable' }],
])('refuses what would say more to sfdisk than it should: %j %j', (changes, partition) => {
  expect(DiskLayout.safeParse(layout(changes, partition)).success).toBe(false)
})
