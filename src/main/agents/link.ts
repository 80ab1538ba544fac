/**
 * The seam between the agents' connections (sockets, TLS, framing: the gateway) and the console's rules
 * (who may come in, what runs where: admission and operations). Either side is tested without the other.
 */
import type { AgentMessage, ConsoleMessage, Probed } from '#shared/contract/agent.ts'
import type { MacAddress } from '#shared/domain/ids.ts'

export type Hello = Extract<AgentMessage, { type: 'hello' }>
export type Report = Exclude<AgentMessage, Hello | Probed>
export type Welcome = Extract<ConsoleMessage, { type: 'welcome' }>

/** What operations use to reach computers. An agent is known by the MAC that it booted from. */
export interface AgentLink {
  connected(mac: MacAddress): boolean
  /** False when there is no connection: the caller keeps the message's purpose in its own state. */
  send(mac: MacAddress, message: ConsoleMessage): boolean
}

/** By which of a computer's cards its agent is connected; undefined: it is not. */
export function connectedCard(link: Pick<AgentLink, 'connected'>, macs: readonly MacAddress[]): MacAddress | undefined {
  return macs.find((mac) => link.connected(mac))
}

/** What the gateway asks of the console. Calls are synchronous: everything behind them is SQLite. */
export interface AgentRules {
  /** Checks token or session. Throws ClonaulaError `unauthenticated`; the gateway then closes with `refused`. */
  admit(hello: Hello, ip: string): Welcome
  /** The welcome is on its way: send what this agent should be doing, settle what it no longer runs. */
  admitted(hello: Hello): void
  report(mac: MacAddress, report: Report): void
  gone(mac: MacAddress): void
  /** What it heard of a probe; absent where nobody asks for one. */
  probed?(mac: MacAddress, probed: Probed): void
}
