/** The steps that computers took on their way up, as the boot services saw them. */
import { BootEvent } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { relaxed, type Database } from './database.ts'

/** Anybody on the network can make events, so there is an end to what is kept. */
export const BOOT_EVENTS_KEPT = 20_000
/** Some boots' worth. */
const PER_MAC = 100

export interface BootEvents {
  add(event: BootEvent): void
  /** The last ones of a card, oldest first. */
  list(mac: MacAddress): BootEvent[]
}

export function createBootEvents(db: Database): BootEvents {
  const add = db.prepare<[BootEvent]>('INSERT INTO boot_events (mac, phase, detail, at) VALUES (@mac, @phase, @detail, @at)')
  const trim = db.prepare<[number]>('DELETE FROM boot_events WHERE id <= ?')
  const last = db.prepare<[string, number], BootEvent>(
    'SELECT mac, phase, detail, at FROM boot_events WHERE mac = ? ORDER BY id DESC LIMIT ?')
  return {
    add: (event) => relaxed(db, () => {
      const { lastInsertRowid } = add.run(event)
      trim.run(Number(lastInsertRowid) - BOOT_EVENTS_KEPT)
    }),
    list: (mac) => last.all(mac, PER_MAC).reverse().map((row) => BootEvent.parse(row)),
  }
}
