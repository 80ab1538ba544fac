import type { RemoteInfo, Socket } from 'node:dgram'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Ipv4 } from '#shared/wire/addresses.ts'
import { bindUdp, closeUdp, isUdpPortFree } from '../udp.ts'
import type { DhcpPort } from './decision.ts'
import type { UdpAddress } from './reply.ts'
import type { DhcpResponder, Outcome } from './responder.ts'

export interface DhcpServiceOptions {
  /** Of the network card that faces the classroom. */
  address: Ipv4
  port: number
  /** Which of PXE's two ports this is. */
  role: DhcpPort
  responder: DhcpResponder
  /** It gives addresses: no other program of this machine may hear the same clients. */
  alone: boolean
  /** Those programs, by name or an empty name; none when they are on other cards, undefined when nobody can tell. */
  rivals?: (port: number) => Promise<readonly string[] | undefined>
  /** Every datagram, answered or not. */
  onOutcome: (outcome: Outcome) => void
  /** The network refused to send, or a socket broke. */
  onError: (error: Error) => void
}

/**
 * One of the two DHCP ports.
 *
 * Replies leave from a socket bound to the card's address: that address decides the card that a limited
 * broadcast goes out of (Linux `ip_route_output_key`, Windows), and it is the source that clients expect.
 * On Linux and macOS such a socket receives no broadcasts, so that port 67 has a second one on the
 * wildcard. That one hears every card: with several, a DISCOVER of another network is answered on this
 * one, where nobody waits for it. Windows delivers broadcasts to the bound socket, and two would hear
 * everything twice.
 */
export class DhcpService {
  readonly #options: DhcpServiceOptions
  #sockets: Socket[] = []
  #warning: ClonaulaError | undefined

  constructor(options: DhcpServiceOptions) {
    this.#options = options
  }

  /** `dhcpShared` when another program of this machine has port 67 too. */
  get warning(): ClonaulaError | undefined {
    return this.#warning
  }

  /** @throws ClonaulaError as `portError` says */
  async start(): Promise<void> {
    const { address, port, role, onError, alone } = this.#options
    this.#warning = role === 'dhcp' ? await this.#findRival() : undefined
    if (this.#warning && alone) throw new ClonaulaError('portTaken', this.#warning.message, this.#warning.params)
    const needsWildcard = role === 'dhcp' && process.platform !== 'win32' && address !== '0.0.0.0'
    const addresses = needsWildcard ? [address, '0.0.0.0'] : [address]
    try {
      for (const each of addresses) {
        // Shared: the wildcard and the address overlap, and virtual machine managers run a dnsmasq on a card of theirs.
        const socket = await bindUdp({ address: each, port, shared: role === 'dhcp', broadcast: true }, onError)
        this.#sockets.push(socket)
        socket.on('message', (bytes, from) => this.#onMessage(bytes, from))
      }
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  /** The port is shared (SO_REUSEADDR), so that the system does not say who else has it. */
  async #findRival(): Promise<ClonaulaError | undefined> {
    const { port, rivals } = this.#options
    if (await isUdpPortFree(port)) return undefined
    const programs = await rivals?.(port)
    if (programs?.length === 0) return undefined
    const program = [...new Set(programs)].filter((name) => name !== '').join('; ')
    return new ClonaulaError('dhcpShared', `UDP port ${port} is shared with ${program || 'another program'}`, {
      protocol: 'UDP', port, ...(program !== '' && { program }),
    })
  }

  async stop(): Promise<void> {
    const sockets = this.#sockets
    this.#sockets = []
    await Promise.all(sockets.map(closeUdp))
  }

  #onMessage(bytes: Uint8Array, { address, port }: RemoteInfo): void {
    const { role, responder, onOutcome, onError } = this.#options
    // What comes from here is the console's own question: who else answers?
    if (address === this.#options.address) return
    try {
      const outcome = responder.respond(bytes, { port: role, from: { address, port }, now: Date.now() })
      onOutcome(outcome)
      if (outcome.reply !== undefined) this.#send(outcome.reply.bytes, outcome.reply.to)
    } catch (error) {
      // One message (a policy that throws, a reply to port 0) must not end the service for the others.
      onError(error instanceof Error ? error : new Error(String(error)))
    }
  }

  #send(bytes: Uint8Array, to: UdpAddress): void {
    this.#sockets[0]?.send(bytes, to.port, to.address, (error) => {
      if (error !== null) this.#options.onError(error)
    })
  }
}
