import { BootPhase, type BootEvent } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { BoundedMap } from './bounded-map.ts'

const PHASES = BootPhase.options

/** The furthest that a boot goes: the live agent answers, or the local disk was started. */
const ARRIVED: readonly BootPhase[] = ['agent', 'local']

export interface BootProgress {
  mac: MacAddress
  /** Of the latest boot, oldest first. */
  events: readonly BootEvent[]
  /** The furthest phase reached. */
  reached: BootPhase
  /** Milliseconds since the epoch of the latest event. */
  since: number
  /** `stopped`: silent for longer than any step takes, short of its goal. */
  state: 'starting' | 'stopped' | 'arrived'
}

export interface TimelineLimits {
  /** Computers remembered; those unheard of for longest go first. */
  computers: number
  /** Events kept of one boot; the first and the latest are worth most, so the middle goes. */
  events: number
  /** Milliseconds of silence after which a boot has stopped; the longest step is fetching the root on a slow network. */
  silence: number
}

export const DEFAULT_TIMELINE_LIMITS: TimelineLimits = { computers: 2000, events: 48, silence: 90_000 }

/** The latest boot of each computer, phase by phase, so that one that does not come up says where it stopped. */
export class BootTimelines {
  readonly #limits: TimelineLimits
  readonly #boots: BoundedMap<MacAddress, BootEvent[]>

  constructor(limits: TimelineLimits = DEFAULT_TIMELINE_LIMITS) {
    this.#limits = limits
    this.#boots = new BoundedMap(limits.computers)
  }

  record(event: BootEvent): void {
    const events = this.#boots.get(event.mac) ?? []
    const current = beginsAnew(events, event) ? [] : events
    const last = current.at(-1)
    // Clients repeat what is lost or slow: one entry, with the latest time.
    if (last?.phase === event.phase && last.detail === event.detail) current.pop()
    current.push(event)
    if (current.length > this.#limits.events) current.splice(Math.floor(this.#limits.events / 2), 1)
    this.#boots.set(event.mac, current)
  }

  of(mac: MacAddress, now: number): BootProgress | undefined {
    const events = this.#boots.get(mac)
    const latest = events?.at(-1)
    if (events === undefined || latest === undefined) return undefined
    const reached = furthest(events)
    return { mac, events: [...events], reached, since: latest.at, state: this.#stateOf(reached, now - latest.at) }
  }

  all(now: number): BootProgress[] {
    const macs = Array.from(this.#boots.values()).flatMap((events) => events.at(-1)?.mac ?? [])
    return macs.flatMap((mac) => this.of(mac, now) ?? [])
  }

  #stateOf(reached: BootPhase, silence: number): BootProgress['state'] {
    if (ARRIVED.includes(reached)) return 'arrived'
    return silence > this.#limits.silence ? 'stopped' : 'starting'
  }
}

/**
 * A boot begins with DHCP, or with the loader where the network card's ROM is iPXE itself. Behind the
 * loader iPXE asks by DHCP again and GRUB is loaded by shim, so a second loader alone begins nothing.
 */
function beginsAnew(events: readonly BootEvent[], event: BootEvent): boolean {
  if (events.length === 0) return false
  const reached = rank(furthest(events))
  if (event.phase === 'dhcp') return reached > rank('dhcp')
  return event.phase === 'loader' && reached > rank('menu')
}

function furthest(events: readonly BootEvent[]): BootPhase {
  return PHASES[Math.max(...events.map(({ phase }) => rank(phase)))] ?? 'dhcp'
}

function rank(phase: BootPhase): number {
  return PHASES.indexOf(phase)
}
