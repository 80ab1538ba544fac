import { describe, expect, test } from 'vitest'
import type { BootPhase } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { BootTimelines, DEFAULT_TIMELINE_LIMITS } from './timeline.ts'

const mac = MacAddress.parse('52:54:00:77:00:01')

/** Records one event a second and gives the phases that are kept. */
function phasesAfter(...phases: (BootPhase | [BootPhase, string])[]): string[] {
  const timelines = new BootTimelines()
  phases.forEach((each, second) => {
    const [phase, detail] = typeof each === 'string' ? [each, ''] : each
    timelines.record({ mac, phase, detail, at: second * 1000 })
  })
  return timelines.of(mac, phases.length * 1000)?.events.map(({ phase }) => phase) ?? []
}

describe('BootTimelines', () => {
  test('keeps a whole boot', () => {
    const boot: [BootPhase, string][] = [
      ['dhcp', 'UEFI'], ['loader', 'shim'], ['loader', 'grub'], ['menu', ''], ['kernel', ''], ['initrd', ''], ['root', ''], ['agent', ''],
    ]
    expect(phasesAfter(...boot)).toEqual(boot.map(([phase]) => phase))
  })

  test('counts a repeated step once, with its latest time', () => {
    const timelines = new BootTimelines()
    for (const at of [1, 2, 3]) timelines.record({ mac, phase: 'dhcp', detail: 'BIOS', at })
    expect(timelines.of(mac, 3)?.events).toEqual([{ mac, phase: 'dhcp', detail: 'BIOS', at: 3 }])
  })

  test('begins anew at the next DHCP', () => {
    expect(phasesAfter('dhcp', 'loader', 'menu', 'kernel', 'dhcp')).toEqual(['dhcp'])
    expect(phasesAfter('dhcp', 'loader', 'dhcp')).toEqual(['dhcp'])
  })

  test('does not take iPXE\'s own DHCP for a new boot, unless it is a ROM\'s', () => {
    expect(phasesAfter('dhcp', ['loader', 'undionly.kpxe'], ['loader', 'iPXE'], 'menu')).toEqual(['dhcp', 'loader', 'loader', 'menu'])
    expect(phasesAfter('loader', 'menu', 'kernel', 'loader')).toEqual(['loader'])
  })

  test('says where a boot stopped', () => {
    const timelines = new BootTimelines()
    timelines.record({ mac, phase: 'dhcp', detail: '', at: 0 })
    timelines.record({ mac, phase: 'kernel', detail: 'vmlinuz', at: 10_000 })
    expect(timelines.of(mac, 100_000)).toMatchObject({ reached: 'kernel', since: 10_000, state: 'starting' })
    expect(timelines.of(mac, 100_001)).toMatchObject({ reached: 'kernel', since: 10_000, state: 'stopped' })
  })

  test.each<BootPhase>(['agent', 'local'])('%s is an arrival, for ever', (phase) => {
    const timelines = new BootTimelines()
    timelines.record({ mac, phase, detail: '', at: 0 })
    expect(timelines.of(mac, 1e9)?.state).toBe('arrived')
  })

  test('knows nothing of computers that it has not seen', () => {
    expect(new BootTimelines().of(mac, 0)).toBeUndefined()
  })

  test('stays small, whoever fills it', () => {
    const timelines = new BootTimelines({ ...DEFAULT_TIMELINE_LIMITS, computers: 3, events: 5 })
    for (let number = 0; number < 10; number++) {
      const stranger = MacAddress.parse(`52:54:00:00:00:0${number}`)
      for (let at = 0; at < 20; at++) timelines.record({ mac: stranger, phase: 'loader', detail: String(at), at })
    }
    const all = timelines.all(20)
    expect(all.map((boot) => boot.mac.slice(-1))).toEqual(['7', '8', '9'])
    expect(all[0]?.events.map(({ detail }) => detail)).toEqual(['0', '1', '17', '18', '19'])
  })
})
