/** Computers that booted and that no one knows: they wait here, connected, until somebody adopts them. */
import type { PendingView } from '#shared/contract/views.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { DEFAULT_NAME_PATTERN, nextName } from '#shared/domain/name-pattern.ts'

/** How long one is still shown after its agent has left. */
export const PENDING_MEMORY = 5 * 60_000
/** More than one room's worth; a flood of made-up computers goes no further. */
const LIMIT = 500

export interface PendingComputer { mac: MacAddress; ip: string; hardware: Hardware }

export interface Pending {
  put(computer: PendingComputer): void
  update(mac: MacAddress, hardware: Hardware): void
  get(mac: MacAddress): PendingComputer | undefined
  remove(mac: MacAddress): boolean
  left(mac: MacAddress): void
  /** In the order in which they came. @param taken names that cannot be suggested */
  list(taken: Iterable<string>): PendingView[]
  /** Forgets those that left long ago; false when there were none. */
  expire(): boolean
}

interface Entry extends PendingComputer { seenAt: number; leftAt: number }

export function createPending(now: () => number): Pending {
  const entries = new Map<MacAddress, Entry>()
  return {
    put(computer) {
      if (entries.size >= LIMIT && !entries.has(computer.mac)) return
      entries.set(computer.mac, { ...computer, seenAt: now(), leftAt: Infinity })
    },
    update(mac, hardware) {
      const entry = entries.get(mac)
      if (entry) entries.set(mac, { ...entry, hardware, seenAt: now() })
    },
    get: (mac) => entries.get(mac),
    remove: (mac) => entries.delete(mac),
    left(mac) {
      const entry = entries.get(mac)
      if (entry) entries.set(mac, { ...entry, seenAt: now(), leftAt: now() })
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
      for (const { mac } of old) entries.delete(mac)
      return old.length > 0
    },
  }
}
