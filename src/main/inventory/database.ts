import BetterSqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { chmodSync } from 'node:fs'
import { migrate } from './migrate.ts'

export type { Database } from 'better-sqlite3'

/** Milliseconds that a statement waits for another process (the CLI's backup, a viewer) to let go of the file. */
const BUSY_TIMEOUT = 5000

/**
 * Opens the inventory's file, or `:memory:`, with its schema up to date.
 * @throws NewerInventoryError when a newer version of the program wrote it
 */
export function openDatabase(file: string): Database {
  const db = new BetterSqlite(file, { timeout: BUSY_TIMEOUT })
  try {
    // Hashes of tokens and sessions are in it, and who did what.
    if (!db.memory) chmodSync(file, 0o600)
    db.pragma('journal_mode = WAL')
    // With WAL, NORMAL can lose the last transactions on power loss but never the file; what an agent was
    // told to erase must still be known then, so FULL it is.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
