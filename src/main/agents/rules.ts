/** Who may come in, as whom, and where what it says goes. */
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { Inventory } from '../inventory/index.ts'
import type { ComputerRecord } from '../inventory/computers.ts'
import type { Announcer } from '../operations/announcer.ts'
import type { Runner } from '../operations/runner.ts'
import { enrol, identity } from './adoption.ts'
import type { AgentLink, AgentRules, Hello } from './link.ts'
import type { Pending } from './pending.ts'
import type { Presence } from './presence.ts'

export interface RulesParts {
  inventory: Inventory
  link: AgentLink
  presence: Presence
  pending: Pending
  runner: Runner
  announce: Announcer
  language: () => Language
}

export function createRules(parts: RulesParts): AgentRules {
  const { inventory, link, presence, pending, runner, announce } = parts
  const { computers, hardware, bootTokens, agentSessions } = inventory

  /** @returns the session that the agent has from now on */
  function authenticate({ token, session, mac }: Hello): string {
    if (token !== undefined && bootTokens.redeem(token, mac)) return agentSessions.open(mac)
    if (session !== undefined && agentSessions.check(session, mac)) return session
    throw new ClonaulaError('unauthenticated', `no good token or session from ${mac}`)
  }

  /** Whose agent this is, with its hardware as of now; undefined while nobody knows it. */
  function recognise(hello: Hello, ip: string): ComputerRecord | undefined {
    const known = computers.idByMac(hello.mac)
    if (known === undefined) return enrol(inventory, { mac: hello.mac, ip, hardware: hello.hardware })
    hardware.put(known, hello.hardware)
    computers.seen(known, ip)
    return computers.get(known)
  }

  return {
    admit(hello, ip) {
      const { session, computer } = inventory.atomically(() => ({ session: authenticate(hello), computer: recognise(hello, ip) }))
      presence.arrived(hello.mac)
      if (computer) {
        pending.remove(hello.mac)
        announce.computer(computer.id)
      } else {
        pending.put({ mac: hello.mac, ip, hardware: hello.hardware })
      }
      return { type: 'welcome', session, ...(computer ? { computer: identity(computer) } : {}), language: parts.language() }
    },
    admitted(hello) {
      const computer = computers.idByMac(hello.mac)
      if (computer !== undefined) {
        runner.arrived(computer, hello)
        return
      }
      for (const operation of hello.running) link.send(hello.mac, { type: 'cancel', operation })
    },
    report(mac, report) {
      const computer = computers.idByMac(mac)
      if (computer === undefined) {
        if (report.type === 'inventory') pending.update(mac, report.hardware)
        if (report.type === 'done') link.send(mac, { type: 'ack', operation: report.operation })
      } else if (report.type === 'inventory') {
        hardware.put(computer, report.hardware)
        announce.computer(computer)
      } else {
        runner.report(computer, mac, report)
      }
    },
    gone(mac) {
      presence.left(mac)
      pending.left(mac)
      const computer = computers.idByMac(mac)
      if (computer !== undefined) runner.left(computer)
    },
  }
}
