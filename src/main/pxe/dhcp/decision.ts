import type { Ipv4 } from '#shared/wire/addresses.ts'
import type { BootInstruction, BootRefusal } from './boot-instruction.ts'
import type { RequestFault } from './request.ts'

/** Which of the two ports a message came to: 67 (DHCP), or 4011 (PXE boot server). */
export type DhcpPort = 'dhcp' | 'proxy'

export type DropReason =
  | RequestFault
  | BootRefusal['reason']
  /** A plain DHCP client: the network's own server answers it. */
  | 'not-network-boot'
  | 'for-another-server'
  | 'unexpected-message'
  | 'relayed'
  | 'pool-exhausted'
  | 'unknown-lease'
  /** The relay's or the client's own options leave no room for ours. */
  | 'reply-too-long'
  /** RELEASE and DECLINE: taken note of, and never answered (RFC 2131 §4.3). */
  | 'noted'

export interface Drop {
  action: 'drop'
  reason: DropReason
  detail: string
}

/** What is lent to the client; without seconds the address is its own (INFORM). */
export interface Grant {
  address: Ipv4
  leaseSeconds: number
}

export type Decision =
  | Drop
  | { action: 'nak'; message: string }
  | {
      action: 'offer' | 'ack'
      /** Absent: the address comes from somebody else. */
      grant?: Grant
      boot?: BootInstruction | BootRefusal
    }

export function drop(reason: DropReason, detail = ''): Drop {
  return { action: 'drop', reason, detail }
}
