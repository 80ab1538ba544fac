/** Computers that booted and that no one knows: they wait here, connected, until somebody adopts them. */
import type { PendingView } from '#shared/contract/views.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { DEFAULT_NAME_PATTERN, nextName } from '#shared/domain/name-pattern.ts'

/** How long one is still shown after its agent has left. */
export const PENDING_MEMORY = 5 * 60_000
/** More than one room's worth; a flood of made-up computers goes no further. */
export const PENDING_LIMIT = 500
/**
 * Characters of a report of hardware (as JSON) that are kept of a computer that nobody has vouched for: all of them go to
 * every screen together. Of a longer one the disks are left out until it is adopted and reports again.
 */
export const PENDING_REPORT = 32 * 1024

export interface PendingComputer { mac: MacAddress; ip: string; hardware: Hardware }

export interface Pending {
  put(computer: PendingComputer): void
  update(mac: MacAddress, hardware: Hardware): void
  get(mac: MacAddress): PendingComputer | undefined
  remove(mac: MacAddress): boolean
  left(mac: MacAddress): void
  /** In the order in which they came. @param taken names that cannot be suggested */
  list(taken: Iterable<string>): PendingView[]
  /** Forgets those that left long ago. */
  expire(): void
  /** Whether anything is different since the last call: what strangers change is told only so often. */
  takeChanged(): boolean
}

interface Entry extends PendingComputer { seenAt: number; leftAt: number }

export function createPending(now: () => number): Pending {
  const entries = new Map<MacAddress, Entry>()
  let changed = false
  const set = (entry: Entry): void => {
    entries.set(entry.mac, { ...entry, hardware: bounded(entry.hardware), seenAt: now() })
    changed = true
  }
  const remove = (mac: MacAddress): boolean => {
    const there = entries.delete(mac)
    changed ||= there
    return there
  }
  return {
    put(computer) {
      if (entries.size >= PENDING_LIMIT && !entries.has(computer.mac)) return
      set({ ...computer, seenAt: now(), leftAt: Infinity })
    },
    update(mac, hardware) {
      const entry = entries.get(mac)
      if (entry) set({ ...entry, hardware })
    },
    get: (mac) => entries.get(mac),
    remove,
    left(mac) {
      const entry = entries.get(mac)
      if (entry) set({ ...entry, leftAt: now() })
    },
    list(taken) {
      const names = new Set(taken)
      return [...entries.values()].flatMap(({ mac, ip, seenAt, hardware }) => {
        const suggestedName = nextName(DEFAULT_NAME_PATTERN, names)
        if (suggestedName === undefined) return []
        names.add(suggestedName)
        return [{ mac, ip, seenAt, hardware, suggestedName }]
      })
    },
    expire() {
      const old = [...entries.values()].filter(({ leftAt }) => leftAt + PENDING_MEMORY <= now())
      for (const { mac } of old) remove(mac)
    },
    takeChanged() {
      const was = changed
      changed = false
      return was
    },
  }
}

function bounded(hardware: Hardware): Hardware {
  return JSON.stringify(hardware).length > PENDING_REPORT ? { ...hardware, disks: [] } : hardware
}
