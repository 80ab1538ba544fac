/** Who did what: every call that changes something, and every login. */
import type { AuditView } from '#shared/contract/views.ts'
import type { Database } from './database.ts'

export const AUDIT_KEPT = 50_000
/** Characters of an entry's detail. */
const DETAIL = 2000

export interface AuditLog {
  add(who: string, action: string, detail: string): void
  /** The newest first, of those with numbers below `before`. */
  list(limit: number, before?: number): AuditView[]
}

export function createAuditLog(db: Database, now: () => number): AuditLog {
  const add = db.prepare<[Omit<AuditView, 'id'>]>('INSERT INTO audit_log (at, who, action, detail) VALUES (@at, @who, @action, @detail)')
  const trim = db.prepare<[number]>('DELETE FROM audit_log WHERE id <= ?')
  const last = db.prepare<[number, number], AuditView>('SELECT id, at, who, action, detail FROM audit_log WHERE id < ? ORDER BY id DESC LIMIT ?')
  return {
    add(who, action, detail) {
      const { lastInsertRowid } = add.run({ at: now(), who, action, detail: detail.slice(0, DETAIL) })
      trim.run(Number(lastInsertRowid) - AUDIT_KEPT)
    },
    list: (limit, before = Number.MAX_SAFE_INTEGER) => last.all(before, limit),
  }
}
