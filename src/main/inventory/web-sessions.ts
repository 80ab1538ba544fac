/** Browsers that have logged in. */
import { z } from 'zod'
import { ROLES } from '#shared/contract/console.ts'
import type { Database } from './database.ts'
import { hashSecret, newSecret } from './secrets.ts'
import type { User } from './users.ts'

/** A browser that nobody has used for so long has to log in again … */
export const IDLE_LIFE = 8 * 3_600_000
/** … and every one has to, after so long. */
export const ABSOLUTE_LIFE = 7 * 24 * 3_600_000

export interface WebSessions {
  /** @returns a new session, said once. */
  open(user: User): string
  /** Whose session this is, if it is alive; it then counts as used. */
  find(session: string): User | undefined
  close(session: string): void
}

export function createWebSessions(db: Database, now: () => number): WebSessions {
  const add = db.prepare<[Buffer, number, number, number]>(
    'INSERT INTO web_sessions (hash, user_id, created_at, used_at) VALUES (?, ?, ?, ?)')
  const expire = db.prepare<[number, number]>('DELETE FROM web_sessions WHERE used_at <= ? OR created_at <= ?')
  const use = db.prepare<[number, Buffer]>('UPDATE web_sessions SET used_at = ? WHERE hash = ?')
  const owner = db.prepare<[Buffer], { id: number; name: string; role: string }>(`
    SELECT users.id, users.name, users.role FROM web_sessions JOIN users ON users.id = web_sessions.user_id
    WHERE web_sessions.hash = ?`)
  const drop = db.prepare<[Buffer]>('DELETE FROM web_sessions WHERE hash = ?')
  const expireOld = (): void => void expire.run(now() - IDLE_LIFE, now() - ABSOLUTE_LIFE)
  return {
    open(user) {
      expireOld()
      const session = newSecret()
      add.run(hashSecret(session), user.id, now(), now())
      return session
    },
    find(session) {
      expireOld()
      const hash = hashSecret(session)
      const row = owner.get(hash)
      if (!row) return undefined
      use.run(now(), hash)
      return { id: row.id, name: row.name, role: z.enum(ROLES).parse(row.role) }
    },
    close: (session) => void drop.run(hashSecret(session)),
  }
}
