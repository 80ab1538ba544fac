/** Who did what: every call that changes something, and every login. */
import type { Database } from './database.ts'

export const AUDIT_KEPT = 50_000
/** Characters of an entry's detail. */
const DETAIL = 2000

export interface AuditEntry {
  at: number
  who: string
  /** A call of the contract, or `login`, `login-failed`. */
  action: string
  detail: string
}

export interface AuditLog {
  add(who: string, action: string, detail: string): void
  /** The newest first. */
  list(limit: number): AuditEntry[]
}

export function createAuditLog(db: Database, now: () => number): AuditLog {
  const add = db.prepare<[AuditEntry]>('INSERT INTO audit_log (at, who, action, detail) VALUES (@at, @who, @action, @detail)')
  const trim = db.prepare<[number]>('DELETE FROM audit_log WHERE id <= ?')
  const last = db.prepare<[number], AuditEntry>('SELECT at, who, action, detail FROM audit_log ORDER BY id DESC LIMIT ?')
  return {
    add(who, action, detail) {
      const { lastInsertRowid } = add.run({ at: now(), who, action, detail: detail.slice(0, DETAIL) })
      trim.run(Number(lastInsertRowid) - AUDIT_KEPT)
    },
    list: (limit) => last.all(limit),
  }
}
