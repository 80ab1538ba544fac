/** Who a browser is: passwords and start tokens become sessions, sessions become callers. */
import type { Caller } from '#shared/contract/rpc.ts'
import type { LoggedIn, Login } from '#shared/contract/web.ts'
import type { AuditLog } from '../../inventory/audit-log.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { createSessions } from './sessions.ts'
import type { User, Users } from './users.ts'

/** Password checks at a time: each takes 32 MiB and a thread. */
const CHECKS = 4

export type LoginResult =
  | { ok: true; loggedIn: Required<LoggedIn> }
  | { ok: false; why: 'wrong' }
  | { ok: false; why: 'tooMany'; retryAfter: number }

export interface Doorkeeper {
  login(login: Login, address: string): Promise<LoginResult>
  /** Who has this session; undefined when it has ended. */
  caller(secret: string): Caller | undefined
  logout(secret: string): void
  issueStartToken(): string
}

const tooMany = (wait: number): LoginResult => ({ ok: false, why: 'tooMany', retryAfter: Math.ceil(wait / 1000) })

/** Whoever opens the start address sits at the console. */
const ATTENDANT: Caller = { name: 'console', role: 'administrator' }

export interface DoorkeeperParts {
  users: Users
  /** Every login is kept there, and every secret that was tried. */
  audit: Pick<AuditLog, 'add'>
}

export function createDoorkeeper({ users, audit }: DoorkeeperParts): Doorkeeper {
  const sessions = createSessions()
  const throttle = createLoginThrottle()
  let checking = 0

  const begin = (caller: Caller, stillValid: () => boolean): LoginResult => ({
    ok: true,
    loggedIn: { user: caller.name, role: caller.role, session: sessions.begin({ caller, stillValid }) },
  })
  /** A changed password or role ends the sessions that the old one began. */
  const unchanged = (user: User) => (): boolean =>
    users.list().some(({ name, role, passwordHash }) =>
      name === user.name && role === user.role && passwordHash === user.passwordHash)

  async function byPassword(name: string, password: string): Promise<LoginResult> {
    if (checking >= CHECKS) return tooMany(1000)
    checking += 1
    try {
      const user = await users.verify(name, password)
      if (user) return begin({ name: user.name, role: user.role }, unchanged(user))
    } finally {
      checking -= 1
    }
    return { ok: false, why: 'wrong' }
  }

  const byToken = (token: string): LoginResult =>
    sessions.redeem(token) ? begin(ATTENDANT, () => true) : { ok: false, why: 'wrong' }

  return {
    async login(login, address) {
      const wait = throttle.wait(address)
      if (wait > 0) return tooMany(wait)
      const result = 'token' in login ? byToken(login.token) : await byPassword(login.user, login.password)
      // Turned away unheard: nothing that a stranger could fill the audit log with, and push out what is in it.
      if (!result.ok && result.why === 'tooMany') return result
      if (result.ok) throttle.succeeded(address)
      else throttle.failed(address)
      audit.add('token' in login ? ATTENDANT.name : login.user, result.ok ? 'login' : 'login-failed', address)
      return result
    },
    caller: (secret) => sessions.find(secret)?.caller,
    logout: (secret) => sessions.end(secret),
    issueStartToken: () => sessions.issueStartToken(),
  }
}
