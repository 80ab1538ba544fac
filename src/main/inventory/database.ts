import BetterSqlite from 'better-sqlite3'
import type { Database } from 'better-sqlite3'
import { chmodSync } from 'node:fs'
import { migrate } from './migrate.ts'

export type { Database } from 'better-sqlite3'

/** Milliseconds that a statement waits for another process (the CLI's backup, a viewer) to let go of the file. */
const BUSY_TIMEOUT = 5000

/**
 * Writes without waiting for the disk: for what comes many times a second and may miss its last moments after
 * a power cut (log lines, boot events). With WAL the file stays whole, and the next other write takes these along.
 */
export function relaxed<T>(db: Database, write: () => T): T {
  // Inside a transaction its own end decides, and SQLite refuses the pragma.
  if (db.inTransaction) return write()
  db.pragma('synchronous = NORMAL')
  try {
    return write()
  } finally {
    db.pragma('synchronous = FULL')
  }
}

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
    // What an agent was told to do must still be known after a power cut, and its number never be given again.
    db.pragma('synchronous = FULL')
    db.pragma('foreign_keys = ON')
    migrate(db)
    return db
  } catch (error) {
    db.close()
    throw error
  }
}
