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
}

export interface MulticastProbe {
  /** Sends to the group of each classroom that has computers without work. @returns those that say whether they heard it, if any */
  run(): Promise<Observations['multicast']>
  /** For the agents' gateway. */
  heard: (mac: MacAddress, probed: Probed) => void
}

/** Computers that are asked: a few of a room say as much as all. */
const MOST_ASKED = 64
/** Milliseconds that answers may take after the listening. */
const ANSWERING = 1000

export function createMulticastProbe({ inventory, link, card, send = sendProbe, patience = PROBE_TIME + ANSWERING }: ProbeParts): MulticastProbe {
  /** Of the probes that are under way, what each computer heard. */
  const probes = new Map<string, Map<MacAddress, number | undefined>>()

  /** Those that are connected and do nothing, with the groups and ports of their classrooms. */
  function listeners(own: OwnNetwork): { name: string; mac: MacAddress; group: string; port: number }[] {
    const rooms = new Map(inventory.tree.classrooms().map(({ id, network }) => [id, { group: groupOf(network, own), port: network.multicastPort }]))
    return inventory.computers.list().flatMap(({ id, name, macs, classroomId }) => {
      const mac = connectedCard(link, macs)
      const room = rooms.get(classroomId)
      return mac !== undefined && room && !inventory.operations.runningOn(id) ? [{ name, mac, ...room }] : []
    }).slice(0, MOST_ASKED)
  }

  async function run(): Promise<Observations['multicast']> {
    const own = card()
    const asked = own ? listeners(own) : []
    if (!own || asked.length === 0) return undefined
    const nonce = randomBytes(32).toString('base64url')
    const answers = new Map<MacAddress, number | undefined>(asked.map(({ mac }) => [mac, undefined]))
    probes.set(nonce, answers)
    try {
      for (const { mac, group, port } of asked) link.send(mac, { type: 'probe', nonce, group, port, milliseconds: PROBE_TIME })
      const addresses = new Map(asked.map(({ group, port }) => [`${group}:${port}`, { group, port, interface: own.address }]))
      // What cannot be sent is heard by nobody.
      await Promise.all([sleep(patience), ...[...addresses.values()].map((address) => send(address, nonce).catch(() => undefined))])
      return asked.flatMap(({ name, mac }) => {
        const heard = answers.get(mac)
        return heard === undefined ? [] : [{ name, heard }]
      })
    } finally {
      probes.delete(nonce)
    }
  }

  return {
    run,
    heard(mac, { nonce, heard }) {
      const answers = probes.get(nonce)
      if (answers?.has(mac)) answers.set(mac, heard)
    },
  }
}
