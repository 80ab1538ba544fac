/** Which requests come from where they say. Pure: what the headers say against what the console is called. */
import { isIP } from 'node:net'

/** `console.example:7480` → `console.example`; brackets of IPv6 go. */
function hostName(host: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([0-9a-fA-F:]+)\]|([^:/?#@\s]+))(?::\d{1,5})?$/.exec(host) ?? []
  return bracketed ?? plain?.toLowerCase()
}

/**
 * DNS rebinding: a page of evil.example points its own name at this address and is then "same origin".
 * It cannot change the Host header, so only names that are this console's are answered; an address
 * needs no check, for it cannot be rebound.
 */
export function hostAllowed(host: string | undefined, names: readonly string[]): boolean {
  const name = host === undefined ? undefined : hostName(host)
  if (name === undefined) return false
  return isIP(name) !== 0 || name === 'localhost' || names.some((allowed) => allowed.toLowerCase() === name)
}

export type OriginVerdict = 'same' | 'none' | 'foreign'

/** Whether the page that asks is this console's own. Programs that are no browsers send no Origin. */
export function judgeOrigin(origin: string | undefined, host: string | undefined, secure: boolean): OriginVerdict {
  if (origin === undefined) return 'none'
  const own = `${secure ? 'https' : 'http'}://${host?.toLowerCase() ?? ''}`
  return origin.toLowerCase() === own ? 'same' : 'foreign'
}
