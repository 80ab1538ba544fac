/**
 * The console's door for browsers. A session comes from POST /login and is kept in a cookie that scripts
 * cannot read; the WebSocket takes the cookie, or the session as a subprotocol for clients without cookies.
 */
import { z } from 'zod'
import { ROLES } from './people.ts'

export const WEB_PATH = {
  /** POST `Login` → 200 `LoggedIn`, 401 wrong, 429 too many attempts (with Retry-After). */
  login: '/login',
  /** POST → 204. Ends the session and its WebSockets. */
  logout: '/logout',
  /** GET → 200 `LoggedIn` without `session`, or 401. */
  session: '/session',
  /** The WebSocket of contract/rpc.ts; closes with `WEB_CLOSE.loggedOut`, answers 401 without a session. */
  rpc: '/rpc',
} as const

/** The subprotocol that the server chooses. */
export const WEB_PROTOCOL = 'clonaula'
/** Offered beside it by clients without cookies: this, then the session. */
export const WEB_SESSION_PREFIX = 'clonaula.session.'
/** The start address carries its one-time token as `#token=…`, which no server or log ever sees. */
export const START_TOKEN_KEY = 'token'
/** Close code of a session that ended (RFC 6455 leaves 4000–4999 to applications). */
export const WEB_CLOSE = { loggedOut: 4401 } as const
/** Largest message of a browser, in bytes. */
export const WEB_MESSAGE_LIMIT = 1024 * 1024

export const Login = z.union([
  z.strictObject({ user: z.string().max(64), password: z.string().max(1024) }),
  z.strictObject({ token: z.string().max(64) }),
])
export type Login = z.infer<typeof Login>

export const LoggedIn = z.object({
  user: z.string(),
  role: z.enum(ROLES),
  /** Given once, to who logged in. */
  session: z.string().optional(),
})
export type LoggedIn = z.infer<typeof LoggedIn>
