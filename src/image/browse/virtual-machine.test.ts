import { describe, expect, test } from 'vitest'
import { machineCommand, type MachineFacts } from './virtual-machine.ts'

const FACTS: MachineFacts = { firmware: 'bios', memory: 512, sectorSize: 512, socket: '/tmp/a,b c/nbd', accelerate: false }
const words = (facts: Partial<MachineFacts>) => machineCommand({ ...FACTS, ...facts })
const after = (all: readonly string[], option: string) => all.flatMap((word, at) => (all[at - 1] === option ? [word] : []))

describe('the virtual machine', () => {
  test('has the disk, whatever its socket is called, and neither network nor screen unless asked', () => {
    const command = words({})
    expect(JSON.parse(after(command, '-blockdev')[0]!)).toMatchObject({ driver: 'nbd', server: { type: 'unix', path: '/tmp/a,b c/nbd' } })
    expect(after(command, '-device').at(-1)).toBe('ide-hd,bus=ide.0,drive=disk,bootindex=0')
    expect(after(command, '-nic')).toEqual(['none'])
    expect(after(command, '-accel')).toEqual(['tcg'])
    expect(after(command, '-vnc')).toEqual([])
    expect(after(words({ display: 3, accelerate: true }), '-vnc')).toEqual(['127.0.0.1:3'])
  })

  test('has large sectors on a controller that knows them', () => {
    expect(after(words({ sectorSize: 4096 }), '-device').at(-1)).toBe('nvme,serial=clonaula,logical_block_size=4096,drive=disk,bootindex=0')
  })

  test('writes to its own copy of the UEFI variables, and not to the firmware', () => {
    const flash = after(words({ uefi: { code: '/usr/code.fd', variables: '/tmp/variables' } }), '-blockdev').slice(0, 2).map((text) => JSON.parse(text) as unknown)
    expect(flash).toMatchObject([
      { 'node-name': 'flash0', filename: '/usr/code.fd', 'read-only': true }, { 'node-name': 'flash1', filename: '/tmp/variables', 'read-only': false },
    ])
  })
})
