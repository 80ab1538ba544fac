import { expect, test } from 'vitest'
import { parseDeadEnd, parseStartedSystem, parseSystemReport } from './system-report.ts'

const LINE = 'CLONAULA-SYSTEM hostname=pc-02 root=/dev/vda3 size=865 firmware=efi secureboot=1 kernel=6.1.0-56-amd64 '
  + 'machine-id=c1a0c1a0000040008000000000000002 manifest=ok started=22.76 checked=33.60'

test('the golden disk’s line', () => {
  expect(parseSystemReport(LINE)).toEqual({
    hostName: 'pc-02', root: '/dev/vda3', size: 865, firmware: 'efi', secureBoot: true, kernel: '6.1.0-56-amd64',
    machineId: 'c1a0c1a0000040008000000000000002', manifest: true, started: 22.76, checked: 33.6,
  })
})

test('something the kernel said before it on the same line is no matter', () => {
  expect(parseSystemReport(`[   12.3] random: crng init done ${LINE}`)?.hostName).toBe('pc-02')
})

test('a manifest that is not ok is not ok', () => {
  expect(parseSystemReport(LINE.replace('manifest=ok', 'manifest=bad'))?.manifest).toBe(false)
  expect(parseSystemReport(LINE.replace('manifest=ok ', ''))?.manifest).toBe(false)
})

test('somebody’s own disk says its name with its login prompt', () => {
  expect(parseStartedSystem('aula3-pc7 login:')).toEqual({ hostName: 'aula3-pc7' })
  expect(parseStartedSystem('Last login: Mon')).toBeUndefined()
  expect(parseStartedSystem(LINE)?.report?.size).toBe(865)
})

test.each([
  ['No boot loader was found on the disks', 'No boot loader was found on the disks'],
  ['[    1.86] Kernel panic - not syncing: VFS', 'Kernel panic - not syncing: VFS'],
  ['grub rescue> ', 'grub rescue> '],
  ['error: out of memory.', 'error: out of memory.'],
  ['error: file `/boot/grub/locale/es.mo\' not found.', undefined],
  ['[   25.30] Out of memory: Killed process 412 (node)', 'Out of memory: Killed process 412 (node)'],
])('%j', (line, reason) => {
  expect(parseDeadEnd(line)).toBe(reason)
})
