import { describe, expect, test } from 'vitest'
import { DISK_KINDS, macOf, NICS, qemuArgv, refusal, uuidOf, type MachineSpec } from './qemu.ts'

const spec: MachineSpec = {
  number: 7, firmware: 'bios', disk: 'virtio', nic: 'virtio', memory: 512,
  image: '/d/7.raw', tap: 'tap7', qmp: '/d/7.qmp', variables: '/d/7.vars',
}
const text = (change: Partial<MachineSpec>): string => qemuArgv({ ...spec, ...change }).join(' ')

test('never counts on KVM, and never offers AVX', () => {
  expect(text({})).toMatch(/-accel tcg,thread=multi -cpu qemu64 /)
})

test('each computer is told apart by MAC, UUID and disk serial', () => {
  expect(text({})).toContain(`mac=${macOf(7)}`)
  expect(text({})).toContain(`-uuid ${uuidOf(7)}`)
  expect(text({})).toContain('serial=CLAB0007')
  expect(macOf(200)).toBe('52:54:00:c1:a0:c8')
})

test.each(DISK_KINDS)('%s: the network is asked first, the disk second', (disk) => {
  expect(text({ disk })).toMatch(/netdev=net,\S*bootindex=1/)
  expect(text({ disk })).toMatch(/drive=disk,\S*bootindex=2/)
})

describe('option ROM of the card', () => {
  test.each(NICS)('BIOS starts from the ROM of %s', (nic) => {
    expect(text({ nic })).not.toContain('romfile=')
  })

  test('UEFI has a driver for virtio, and for no other', () => {
    expect(text({ firmware: 'uefi' })).toContain('bootindex=1,romfile=')
    expect(text({ firmware: 'uefi', nic: 'e1000' })).not.toContain('romfile=')
  })

  test('Secure Boot refuses iPXE’s, which nobody signed', () => {
    expect(refusal({ firmware: 'secureboot', nic: 'e1000' })).toMatch(/unsigned/)
    expect(refusal({ firmware: 'secureboot', nic: 'virtio' })).toBeUndefined()
    expect(refusal({ firmware: 'uefi', nic: 'e1000' })).toBeUndefined()
  })
})

test('Secure Boot keeps its variables where only the firmware writes', () => {
  expect(text({ firmware: 'secureboot' })).toMatch(/smm=on .*cfi\.pflash01,property=secure,value=on .*secboot\.fd/)
  expect(text({ firmware: 'uefi' })).not.toContain('smm=on')
})
