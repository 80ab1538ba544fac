import { describe, expect, test } from 'vitest'
import { diskFacts } from './disk-facts.ts'
import type { DiskLayout, LayoutPartition } from '../formats/manifest-facts.ts'

const MiB = 1024 * 1024
const partition = (changes: Partial<LayoutPartition>): LayoutPartition => ({
  number: 1, start: MiB, size: 100 * MiB, type: '', uuid: '', name: '', attributes: '', bootable: false, ...changes,
})
const disk = (label: DiskLayout['label'], ...partitions: LayoutPartition[]): DiskLayout => ({
  label, id: '', size: 1000 * MiB, sectorSize: 512, firstLba: 34, lastLba: 2_047_966, partitions,
})

describe('diskFacts', () => {
  test.each([
    ['a GPT disk with an EFI system partition', disk('gpt', partition({ type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B' })), ['uefi']],
    ['the same in lower case', disk('gpt', partition({ type: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b' })), ['uefi']],
    ['a GPT disk with GRUB’s BIOS partition', disk('gpt', partition({ type: '21686148-6449-6E6F-744E-656564454649' })), ['bios']],
    ['a GPT disk of data, whatever its attributes', disk('gpt', partition({ type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', bootable: true })), []],
    ['an MSDOS disk with an active partition', disk('msdos', partition({ type: '07', bootable: true })), ['bios']],
    ['an MSDOS disk with an ESP', disk('msdos', partition({ type: 'ef' })), ['uefi']],
    ['a hybrid', disk('msdos', partition({ type: 'EF' }), partition({ number: 2, type: '83', bootable: true })), ['bios', 'uefi']],
    ['an MSDOS disk of data', disk('msdos', partition({ type: '83' })), []],
  ])('%s', (_, layout, boots) => expect(diskFacts(layout).boots).toEqual(boots))

  test('needs room up to the end of its last partition, in whatever order they are numbered', () => {
    const layout = disk('msdos', partition({ start: 500 * MiB, size: 100 * MiB }), partition({ number: 2 }))
    expect(diskFacts(layout).minimumSize).toBe(600 * MiB)
  })

  test('less what the volume of the last one does not need; the others keep their places', () => {
    const layout = disk('msdos', partition({ start: 500 * MiB, size: 400 * MiB }), partition({ number: 2 }))
    const volumes = [{ number: 1, minimumSize: 50 * MiB }, { number: 2, minimumSize: 1 }]
    expect(diskFacts(layout, volumes).minimumSize).toBe(550 * MiB)
  })

  test('all of its source’s size, where every sector of that is in the image; a CACHE may stay behind its partitions', () => {
    const layout = disk('gpt', partition({}))
    expect(diskFacts(layout, [{ number: 0, minimumSize: 1000 * MiB }])).toMatchObject({ minimumSize: 1000 * MiB, end: 101 * MiB })
    expect(diskFacts(layout, [{ number: 0, minimumSize: 440 }])).not.toHaveProperty('end')
  })

  test('an extended partition ends where its last logical one does', () => {
    const layout = disk('msdos', partition({ type: '05', size: 900 * MiB }), partition({ number: 5, start: 2 * MiB, size: 400 * MiB }))
    expect(diskFacts(layout, [{ number: 5, minimumSize: 10 * MiB }]).minimumSize).toBe(12 * MiB)
  })

  test('and, with GPT, for the second table behind it', () => {
    expect(diskFacts(disk('gpt', partition({}))).minimumSize).toBe(101 * MiB + 33 * 512)
  })

  test('an empty table needs no room of its own', () => {
    expect(diskFacts(disk('msdos')).minimumSize).toBe(0)
  })
})
