import { expect, test } from 'vitest'
import { BootEvent } from '#shared/domain/computer.ts'
import { bootReport } from './boot-report.ts'

const event = (phase: string, at: number): BootEvent =>
  BootEvent.parse({ mac: '52:54:00:c1:a0:02', phase, detail: `${phase} detail`, at })

test('console and serial line tell one story, in seconds from the power button', () => {
  const report = bootReport({
    into: 'live system',
    from: 10_000,
    to: 30_049,
    events: [event('loader', 12_000), event('agent', 30_000), event('dhcp', 9000)],
    lines: [
      { at: 10_200, text: 'SeaBIOS (version 1.16)' },
      { at: 10_900, text: 'iPXE 1.0.0' },
      { at: 11_000, text: 'iPXE 1.0.0 again' },
      { at: 12_500, text: 'something else' },
      { at: 31_000, text: 'Welcome to GRUB!' },
    ],
  })
  expect(report.seconds).toBe(20)
  expect(report.phases.map(({ seconds, phase }) => [seconds, phase])).toEqual([
    [0.2, 'serial: firmware'], [0.9, 'serial: ipxe'], [2, 'loader'], [20, 'agent'],
  ])
})
