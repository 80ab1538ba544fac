/** What one computer's boot script says: its mode from the inventory, and a token that lets its agent in once. */
import type { MacAddress, Sha256Hex } from '#shared/domain/ids.ts'
import type { BootContext, Requester } from '../pxe/index.ts'
import { bootModeOf, decideBoot, type KnownComputer } from './decide.ts'
import type { LiveFolder } from './live-system.ts'
import { createRateLimit } from './rate-limit.ts'

export interface BootScriptParts {
  /** `http://ADDRESS:PORT` of the boot files. */
  httpBase: string
  /** `wss://ADDRESS:PORT` of the agents' gateway. */
  consoleUrl: string
  /** SHA-256 of the console's certificate (DER). */
  certificate: Sha256Hex
  live: LiveFolder
  computerOf: (mac: MacAddress) => KnownComputer | undefined
  /** @param address of who asks for the script */
  issueToken: (mac: MacAddress, address: string) => string
  /** A script was asked for too often, or cannot be given. */
  onRefused: (mac: MacAddress, reason: string) => void
  /** This computer is being sent to its own disk: its boot has arrived. */
  onLocalDisk: (mac: MacAddress) => void
}

/**
 * Every script writes a token into the inventory, and anybody on the network can ask for one: so many for a
 * computer (its loader may ask twice, and it may be restarted in anger), so many for all that one address asks for.
 * Both are counted by address, so that a stranger who asks for a computer's script does not keep it from its own.
 */
const PER_COMPUTER = { burst: 10, perMinute: 10 }
const PER_ADDRESS = { burst: 120, perMinute: 120 }

export type ContextFor = (mac: MacAddress, requester: Requester) => BootContext | undefined

export function createBootScripts(parts: BootScriptParts): ContextFor {
  const perComputer = createRateLimit(PER_COMPUTER)
  const perAddress = createRateLimit(PER_ADDRESS)
  const refuse = (mac: MacAddress, reason: string): undefined => {
    parts.onRefused(mac, reason)
    return undefined
  }
  return (mac, { address }) => {
    if (!perAddress.allow(address) || !perComputer.allow(`${mac} ${address}`)) return refuse(mac, 'too many requests')
    const computer = parts.computerOf(mac)
    const live = parts.live.current()
    const choice = decideBoot(computer, { live: live !== undefined, loaders: true })
    if (choice.action === 'ignore') return refuse(mac, choice.reason)
    const mode = bootModeOf(computer)
    if (mode === 'disk') parts.onLocalDisk(mac)
    return {
      mac,
      name: computer?.name ?? '',
      mode,
      httpBase: parts.httpBase,
      rootSha256: live?.rootSha256 ?? NO_ROOT,
      consoleUrl: parts.consoleUrl,
      certificate: parts.certificate,
      token: mode === 'disk' ? '' : parts.issueToken(mac, address),
      // As PXELINUX names the card that was booted from: hardware type 1 (Ethernet), then its address.
      extraArguments: [`BOOTIF=01-${mac.replaceAll(':', '-')}`],
    }
  }
}

/** In the script of a computer that starts from its own disk, where nothing reads it. */
const NO_ROOT: Sha256Hex = '0'.repeat(64)
