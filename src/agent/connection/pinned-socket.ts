import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'

export interface ConsoleAddress {
  host: string
  port: number
  /** SHA-256 of the console's certificate (DER): who it is, since no authority vouches for it. */
  key: Sha256Hex
}

/** Milliseconds for connection and handshake together. */
const TIMEOUT = 10_000

/**
 * A TLS connection to the console that this computer was booted by. The certificate is compared before a byte of ours is sent:
 * whoever else answers at that address learns nothing, not even the token.
 * @throws `unauthenticated` another certificate · `repositoryUnreachable` nobody answers
 */
export async function connectPinned(address: ConsoleAddress, signal: AbortSignal): Promise<TLSSocket> {
  const socket = connect({
    host: address.host,
    port: address.port,
    minVersion: 'TLSv1.2',
    // Chains and names say nothing about a self-signed certificate; the pin below decides.
    rejectUnauthorized: false,
  })
  try {
    await once(socket, 'secureConnect', { signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) })
  } catch (cause) {
    socket.destroy()
    signal.throwIfAborted()
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new ClonaulaError('repositoryUnreachable', `no console at ${address.host}:${address.port}: ${why}`, {}, { cause })
  }
  const seen = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? ''
  if (!sameKey(seen, address.key)) {
    socket.destroy()
    throw new ClonaulaError('unauthenticated',
      `WRONG CONSOLE KEY at ${address.host}:${address.port}: expected ${address.key}, it has ${seen}. Not talking to it.`)
  }
  return socket
}

function sameKey(a: string, b: string): boolean {
  return a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b))
}
