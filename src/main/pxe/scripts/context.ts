import type { BootMode } from '#shared/domain/computer.ts'
import type { MacAddress, Sha256Hex } from '#shared/domain/ids.ts'
import type { HttpBase } from '../dhcp/boot-instruction.ts'

/** All that a boot script says about one computer at one boot. */
export interface BootContext {
  mac: MacAddress
  /** For people, on the computer's screen; empty for a computer that nobody adopted yet, which boots live too. */
  name: string
  mode: BootMode
  /** For mode `disk`: the disk to start, from 1. */
  disk?: number
  httpBase: HttpBase
  /** Of the live system's root, which stage 1 checks. */
  rootSha256: Sha256Hex
  /** The agent gateway: `wss://10.77.0.1:8443`. */
  consoleUrl: string
  /** SHA-256 of the console's TLS certificate (DER), which the agent pins. */
  certificate: Sha256Hex
  /** Good for one agent connection. */
  token: string
  /** Further kernel arguments; see `isKernelArgument`. */
  extraArguments: readonly string[]
}

/** A name as a boot loader may print it: one line of plain ASCII, with nothing that a script could mean. */
export function printable(name: string): string {
  return name.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/[^A-Za-z0-9 ._-]/g, '?').slice(0, 60)
}
