import { expect, test } from 'vitest'
import type { SystemReport } from '../machine/system-report.ts'
import { wrongSystem } from './check-system.ts'

const report: SystemReport = {
  hostName: 'pc-02', root: '/dev/vda3', size: 865, firmware: 'efi', secureBoot: true, kernel: '6', machineId: 'a',
  manifest: true, started: 20, checked: 30,
}
const system = (change: Partial<SystemReport> = {}) => ({ hostName: 'pc-02', report: { ...report, ...change } })
const expected = { hostName: 'pc-02', firmware: 'secureboot', leastSize: 820 } as const

test('what was wanted', () => {
  expect(wrongSystem(system(), expected)).toBeUndefined()
})

test.each([
  [{ hostName: 'reference', report }, /calls itself reference/],
  [system({ manifest: false }), /content/],
  [system({ firmware: 'bios' }), /started by bios/],
  [system({ secureBoot: false }), /Secure Boot is off/],
  [system({ size: 614 }), /not grown/],
])('%#: what is wrong is said', (found, sentence) => {
  expect(wrongSystem(found, expected)).toMatch(sentence)
})

test('a disk of one’s own needs only its name', () => {
  expect(wrongSystem({ hostName: 'pc-02' }, expected)).toBeUndefined()
  expect(wrongSystem({ hostName: 'other' }, expected)).toMatch(/other/)
})
