/** What an agent proves itself with after its first welcome, also to a console that has been restarted since. */
import type { MacAddress } from '#shared/domain/ids.ts'
import type { Database } from './database.ts'
import { hashSecret, newSecret } from './secrets.ts'

/** A live system that has not been heard for so long has been switched off. */
export const AGENT_SESSION_LIFE = 7 * 24 * 3_600_000
/** Anybody can boot as many computers as there are MAC addresses; those unheard for longest go first. */
export const AGENT_SESSIONS_KEPT = 10_000

export interface AgentSessions {
  /** @returns a new session (the contract's `Secret`); the one of an earlier boot ends. */
  open(mac: MacAddress): string
  /** Whether this is the session of this card's last boot; if so it lives on. */
  check(session: string, mac: MacAddress): boolean
}

export function createAgentSessions(db: Database, now: () => number): AgentSessions {
  const put = db.prepare<[string, Buffer, number]>('INSERT OR REPLACE INTO agent_sessions (mac, hash, used_at) VALUES (?, ?, ?)')
  const use = db.prepare<[number, string, Buffer, number]>(
    'UPDATE agent_sessions SET used_at = ? WHERE mac = ? AND hash = ? AND used_at > ?')
  const expire = db.prepare<[number]>('DELETE FROM agent_sessions WHERE used_at <= ?')
  const limit = db.prepare<[number]>(`
    DELETE FROM agent_sessions WHERE mac IN (SELECT mac FROM agent_sessions ORDER BY used_at DESC LIMIT -1 OFFSET ?)`)
  return {
    open: db.transaction((mac: MacAddress) => {
      expire.run(now() - AGENT_SESSION_LIFE)
      const session = newSecret()
      put.run(mac, hashSecret(session), now())
      limit.run(AGENT_SESSIONS_KEPT)
      return session
    }),
    check: (session, mac) => use.run(now(), mac, hashSecret(session), now() - AGENT_SESSION_LIFE).changes === 1,
  }
}
