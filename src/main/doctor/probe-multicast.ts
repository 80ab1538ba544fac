import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Probed } from '#shared/contract/agent.ts'
import type { Observations } from '#shared/domain/diagnose.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { PROBE_TIME, sendProbe } from '#transfer/multicast/probe.ts'
import { connectedCard, type AgentLink } from '../agents/link.ts'
import type { Inventory } from '../inventory/index.ts'
import { groupOf, type OwnNetwork } from '../transfer/multicast-network.ts'

export interface ProbeParts {
  inventory: Pick<Inventory, 'computers' | 'operations' | 'tree'>
  link: AgentLink
  /** The card that serves the classroom. */
  card: () => OwnNetwork | undefined
  send?: typeof sendProbe
  /** Milliseconds after which all have answered that ever will. */
  patience?: number
  /** Milliseconds after which a switch has forgotten who listens, if nobody asks. */
  memory?: number
}

export interface MulticastProbe {
  /**
   * Sends to the group of each classroom that has computers without work.
   * @param long once more when the switches may have forgotten who listens, some minutes later
   * @returns those that say whether they heard it, if any
   */
  run(long: boolean): Promise<Observations['multicast']>
  /** For the agents' gateway. */
  heard: (mac: MacAddress, probed: Probed) => void
}

interface Listener { name: string; mac: MacAddress; group: string; port: number }
/** How many datagrams each heard; undefined before it says so. */
type Answers = Map<MacAddress, number | undefined>

/** Computers that are asked: a few of a room say as much as all. */
const MOST_ASKED = 64
/** Milliseconds that answers may take after the listening. */
const ANSWERING = 1000
/** Milliseconds: a switch that snoops forgets a member that it has not heard for 260 s (RFC 4541, 2.1.1; RFC 3376, 8.4), and a bit more. */
const SWITCH_MEMORY = 280_000

export function createMulticastProbe(parts: ProbeParts): MulticastProbe {
  const { inventory, link, card, send = sendProbe, patience = PROBE_TIME + ANSWERING, memory = SWITCH_MEMORY } = parts
  /** Of the probes that are under way. */
  const probes = new Map<string, Answers>()

  /** Those that are connected and do nothing, with the groups and ports of their classrooms. */
  function idle(own: OwnNetwork): Listener[] {
    const rooms = new Map(inventory.tree.classrooms().map(({ id, network }) => [id, { group: groupOf(network, own), port: network.multicastPort }]))
    return inventory.computers.list().flatMap(({ id, name, macs, classroomId }) => {
      const mac = connectedCard(link, macs)
      const room = rooms.get(classroomId)
      return mac !== undefined && room && !inventory.operations.runningOn(id) ? [{ name, mac, ...room }] : []
    }).slice(0, MOST_ASKED)
  }

  /** Has them listen from now on, and sends after so many milliseconds. */
  async function probe(asked: readonly Listener[], own: OwnNetwork, after = 0): Promise<Answers> {
    const nonce = randomBytes(32).toString('base64url')
    const answers: Answers = new Map(asked.map(({ mac }) => [mac, undefined]))
    probes.set(nonce, answers)
    try {
      for (const { mac, group, port } of asked) link.send(mac, { type: 'probe', nonce, group, port, milliseconds: after + PROBE_TIME })
      // Unreferenced: a console that stops does not wait for it.
      if (after > 0) await sleep(after, undefined, { ref: false })
      const addresses = new Map(asked.map(({ group, port }) => [`${group}:${port}`, { group, port, interface: own.address }]))
      // What cannot be sent is heard by nobody.
      await Promise.all([sleep(patience), ...[...addresses.values()].map((address) => send(address, nonce).catch(() => undefined))])
      return answers
    } finally {
      probes.delete(nonce)
    }
  }

  return {
    async run(long) {
      const own = card()
      const asked = own ? idle(own) : []
      if (!own || asked.length === 0) return undefined
      const apart = long ? asked.map((each) => ({ ...each, group: besideOf(each.group) })) : []
      const [now, first, last] = await Promise.all([probe(asked, own), ...(long ? [probe(apart, own), probe(apart, own, memory)] : [])])
      return asked.flatMap(({ name, mac }) => {
        const heard = now?.get(mac)
        if (heard === undefined) return []
        const later = last?.get(mac)
        return [{ name, heard, ...(later !== undefined && (first?.get(mac) ?? 0) > 0 && { lasts: later > 0 }) }]
      })
    },
    heard(mac, { nonce, heard }) {
      const answers = probes.get(nonce)
      if (answers?.has(mac)) answers.set(mac, heard)
    },
  }
}

/**
 * A group for who stays in it for minutes: of the site-local scope (239.255.0.0/16, RFC 2365), by the last numbers of the room's own.
 * In that one itself a restore that starts meanwhile would be joined without a word to the switch, which may just have forgotten the computer.
 */
function besideOf(group: string): string {
  return `239.255.${group.split('.').slice(2).join('.')}`
}
