import { expect, test } from 'vitest'
import { RestoreMethod } from '#shared/domain/method.ts'
import { parseOptions, UsageError } from './options.ts'

test('two BIOS computers by default', () => {
  expect(parseOptions([])).toEqual({
    computers: 2, firmware: 'bios', disk: 'virtio', nic: 'virtio', memory: 1024, method: 'UNICAST-DIRECT',
    ntfs: false, once: false,
  })
})

test('everything can be said', () => {
  const machine = '--computers 3 --firmware uefi --disk nvme --nic e1000e --memory 512'
  const words = `${machine} --once --report r.json --keep dir --golden-ntfs`
  expect(parseOptions(words.split(' '))).toEqual({
    computers: 3, firmware: 'uefi', disk: 'nvme', nic: 'e1000e', memory: 512, method: 'UNICAST-DIRECT',
    ntfs: true, once: true, report: 'r.json', keep: 'dir',
  })
})

test('help is no lab', () => {
  expect(parseOptions(['-h'])).toBeUndefined()
})

test.each([
  [['--computers', '0'], /from 1 to 40/],
  [['--computers', '2x'], /from 1 to 40/],
  [['--firmware', 'coreboot'], /bios, uefi, secureboot/],
  [['--method', 'PIGEON'], /UNICAST-DIRECT/],
  [['--firmware', 'secureboot', '--nic', 'e1000'], /unsigned option ROM/],
  [['--golden', 'disk.raw', '--golden-ntfs'], /not with --golden/],
  [['--colour'], /colour/],
  [['extra'], /extra/],
])('%j is refused with a sentence', (args, sentence) => {
  expect(() => parseOptions(args)).toThrow(UsageError)
  expect(() => parseOptions(args)).toThrow(sentence)
})

test.each(RestoreMethod.options)('%s is a method', (method) => {
  expect(parseOptions(['--method', method])?.method).toBe(method)
})
