/** Logins that are in force, and the one-time tokens of start addresses. Kept in memory: a restart ends them. */
import { createHash, randomBytes } from 'node:crypto'
import type { Caller } from '#shared/contract/rpc.ts'

/** Milliseconds without a request or an open WebSocket after which a session ends. */
export const SESSION_IDLE = 12 * 60 * 60 * 1000
/** Milliseconds that a start address works. */
export const START_TOKEN_LIFE = 60 * 60 * 1000

export interface Session {
  caller: Caller
  /** What must still hold for the session to go on, e.g. the user's password not having changed. */
  stillValid: () => boolean
}

export interface Sessions {
  /** @returns the secret that stands for the session: 43 characters of base64url */
  begin(session: Session): string
  find(secret: string): Session | undefined
  end(secret: string): void
  /** A secret that `redeem` takes once. */
  issueStartToken(): string
  redeem(token: string): boolean
}

const newSecret = (): string => randomBytes(32).toString('base64url')
/** Looked up by hash: the time that a look-up takes says nothing about the secret. */
const nameOf = (secret: string): string => createHash('sha256').update(secret).digest('base64')

export function createSessions(now: () => number = Date.now): Sessions {
  const sessions = new Map<string, { session: Session; until: number }>()
  const startTokens = new Map<string, number>()
  const dropExpired = (): void => {
    for (const [name, { until }] of sessions) if (until <= now()) sessions.delete(name)
    for (const [name, until] of startTokens) if (until <= now()) startTokens.delete(name)
  }
  return {
    begin(session) {
      dropExpired()
      const secret = newSecret()
      sessions.set(nameOf(secret), { session, until: now() + SESSION_IDLE })
      return secret
    },
    find(secret) {
      const found = sessions.get(nameOf(secret))
      if (!found) return undefined
      if (found.until <= now() || !found.session.stillValid()) {
        sessions.delete(nameOf(secret))
        return undefined
      }
      found.until = now() + SESSION_IDLE
      return found.session
    },
    end: (secret) => void sessions.delete(nameOf(secret)),
    issueStartToken() {
      dropExpired()
      const token = newSecret()
      startTokens.set(nameOf(token), now() + START_TOKEN_LIFE)
      return token
    },
    redeem(token) {
      const until = startTokens.get(nameOf(token))
      startTokens.delete(nameOf(token))
      return until !== undefined && until > now()
    },
  }
}
