/** Whose agent is here, and who is on the way up, by the card that they booted from. Nothing of it outlives the console. */
import type { BootEvent, BootPhase } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'

/** A connection that comes back within this is one that nobody has to hear of. */
export const RECONNECTION_GRACE = 15_000
/** A boot that takes no step for so long has stopped, or started something that is not ours. */
export const BOOT_PATIENCE = 5 * 60_000
/** Anybody on the network can look like a computer that boots. */
const BOOTS_REMEMBERED = 10_000

/** Steps that end a boot: the agent is up, or the computer's own system starts. */
const ARRIVED: ReadonlySet<BootPhase> = new Set(['agent', 'local'])

export interface Presence {
  arrived(mac: MacAddress): void
  left(mac: MacAddress): void
  booted(event: BootEvent): void
  /** Whether an agent that booted from one of these cards is connected, or was a moment ago. */
  agent(macs: readonly MacAddress[]): boolean
  /** The last step of a boot in progress. */
  booting(macs: readonly MacAddress[]): BootEvent | undefined
  /** Forgets what is too old. @returns whom that changed */
  expire(): MacAddress[]
}

export function createPresence(now: () => number): Presence {
  /** When its connection was lost; `Infinity` while there is one. */
  const agents = new Map<MacAddress, number>()
  const boots = new Map<MacAddress, BootEvent>()
  return {
    arrived(mac) {
      agents.set(mac, Infinity)
      boots.delete(mac)
    },
    left: (mac) => void agents.set(mac, now()),
    booted(event) {
      const { mac } = event
      // It asks how to boot: the agent that was on it a moment ago will not come back.
      if (agents.get(mac) !== Infinity) agents.delete(mac)
      boots.delete(mac)
      if (!ARRIVED.has(event.phase)) boots.set(mac, event)
      const [oldest] = boots.keys()
      if (boots.size > BOOTS_REMEMBERED && oldest !== undefined) boots.delete(oldest)
    },
    agent: (macs) => macs.some((mac) => agents.has(mac)),
    booting: (macs) => macs.map((mac) => boots.get(mac)).find((event) => event !== undefined),
    expire() {
      const gone = [...agents].filter(([, leftAt]) => leftAt + RECONNECTION_GRACE <= now()).map(([mac]) => mac)
      const stopped = [...boots].filter(([, { at }]) => at + BOOT_PATIENCE <= now()).map(([mac]) => mac)
      for (const mac of gone) agents.delete(mac)
      for (const mac of stopped) boots.delete(mac)
      return [...gone, ...stopped]
    },
  }
}
