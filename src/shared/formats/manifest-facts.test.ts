import { expect, test } from 'vitest'
import { DiskLayout, ManifestFacts } from './manifest-facts.ts'

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

const volume = (changes: object = {}) => ({
  number: 1, filesystem: 'ext4', label: 'raíz', uuid: '11111111-2222-4333-8444-555555555555', mode: 'used', size: 1e9, used: 1e6, minimumSize: 2e6, ...changes,
})
const facts = (changes: object = {}) => ({ creator: 'c', created: '2026-01-12T08:00:00.000Z', source: 's', volumes: [volume()], ...changes })
const ranges = (count: number) => ({ bytes: count, ranges: Array.from({ length: count }, (_, offset) => ({ offset, length: 1 })) })

test('takes facts up to their limits, and leaves out what it does not know', () => {
  const most = facts({
    creator: 'c'.repeat(200), source: 's'.repeat(500), parent: 'ab'.repeat(32),
    disk: layout({}, { name: 'ñ'.repeat(72), attributes: 'a'.repeat(200), type: 'A'.repeat(36), uuid: 'B'.repeat(64), number: 256 }),
    volumes: Array.from({ length: 257 }, (_, number) => volume({ number, label: 'l'.repeat(200), uuid: 'u'.repeat(64), incomplete: ranges(number === 0 ? 1000 : 1) })),
  })
  expect(ManifestFacts.parse({ ...most, later: true })).toEqual(most)
})

test('refuses lists within lists at the first bad element: 257,000 complaints were 120 MB', () => {
  const bad = { incomplete: { bytes: 1, ranges: Array.from({ length: 1000 }, () => ({})) } }
  const { error } = ManifestFacts.safeParse(facts({ volumes: Array.from({ length: 257 }, () => bad), disk: layout({ partitions: Array.from({ length: 256 }, () => ({})) }) }))
  expect(error?.message.length).toBeLessThan(4000)
})

test.each([
  { creator: 'c'.repeat(201) }, { source: 's'.repeat(501) }, { created: 'yesterday' }, { created: '2026-01-12T08:00:00+02:00' }, { parent: 'AB'.repeat(32) },
  { volumes: [] }, { volumes: Array.from({ length: 258 }, (_, number) => volume({ number })) },
  ...[
    { number: -1 }, { number: 257 }, { number: 1.5 }, { filesystem: 'vfat' }, { label: 'l'.repeat(201) }, { uuid: 'u'.repeat(65) }, { mode: 'some' }, { size: 0 },
    { size: 2 ** 53 }, { used: -1 }, { minimumSize: -1 }, { incomplete: ranges(0) }, { incomplete: ranges(1001) }, { incomplete: { ...ranges(1), bytes: 0 } },
  ].map((change) => ({ volumes: [volume(change)] })),
  ...[{ label: 'sun' }, { id: 'x'.repeat(65) }, { size: 0 }, { sectorSize: 511 }, { sectorSize: 65_537 }, { firstLba: -1 }, { lastLba: 0.5 }]
    .map((change) => ({ disk: layout(change) })),
  ...[
    { number: 0 }, { number: 257 }, { start: -1 }, { size: 0 }, { type: 'A'.repeat(37) }, { uuid: 'B'.repeat(65) }, { name: 'n'.repeat(73) },
    { attributes: 'a'.repeat(201) }, { bootable: 1 },
  ].map((change) => ({ disk: layout({}, change) })),
])('refuses facts beyond them: %j', (changes) => {
  expect(ManifestFacts.safeParse(facts()).success).toBe(true)
  expect(ManifestFacts.safeParse(facts(changes)).success).toBe(false)
})
