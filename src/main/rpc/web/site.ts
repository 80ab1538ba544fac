import type { Log } from '../../platform/log.ts'
import type { Doorkeeper } from './login.ts'

/** What requests and WebSockets of one listening server share. */
export interface Site {
  doorkeeper: Doorkeeper
  /** Names under which browsers may ask. */
  names: readonly string[]
  /** Whether it speaks TLS. */
  secure: boolean
  /** Name of the session's cookie, and its attributes. */
  cookie: { name: string; attributes: string }
  log: Log
}

/** `__Host-` makes browsers refuse the cookie unless it came over TLS from exactly this host (RFC 6265bis). */
export function sessionCookie(secure: boolean): Site['cookie'] {
  const attributes = 'Path=/; HttpOnly; SameSite=Strict'
  return secure ? { name: '__Host-clonaula', attributes: `${attributes}; Secure` } : { name: 'clonaula', attributes }
}
