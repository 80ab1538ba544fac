import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { runCommand, type RunResult } from '#image/run/run.ts'

export interface Machine<Name extends string = string> {
  name: Name
  /** With the bits of its network: `10.77.0.9/24`. */
  address: string
  /** Of its card; one that the kernel makes up, unless said. */
  mac?: string
  /** Its addresses in other networks, each on a card of its own, `eth1` and so on: it is the router between them. */
  routesTo?: readonly string[]
}

interface Card {
  machine: Machine
  name: string
  address: string
  mac?: string | undefined
  /** The switch that it is plugged into, and the port. */
  bridge: string
  port: string
}

/** Milliseconds that a router's daemon may take to begin. */
const ROUTER_PATIENCE = 20_000

/** What a client's live system allows fragments (resources/live/init). */
const FRAGMENTS = ['net.ipv4.ipfrag_time=1', 'net.ipv4.ipfrag_high_thresh=33554432']

/** Where what its programs write to their standard error goes: to this process's, or to a pipe, which somebody has to read. */
export type Errors = 'inherit' | 'pipe'

const LinkStatistics = z.tuple([z.object({ stats64: z.object({ tx: z.object({ bytes: z.number() }) }) })])

/**
 * An Ethernet segment of network namespaces, one a machine, joined by a switch (a bridge) in one more. Each machine has one card,
 * `eth0`. Nothing outside can be reached from it. Needs root. Machines with addresses of another network have another switch, and
 * are reached by way of a router.
 *
 * Programs are run inside by nsenter, not by `ip netns exec`: that takes a copy of every mount along, which keeps other tests'
 * filesystems busy, and it fails where `/` is no mount point (a chroot).
 */
export class Segment<Name extends string = string> {
  readonly #prefix: string
  readonly #machines: readonly Machine<Name>[]
  readonly #errors: Errors
  readonly #children = new Set<ChildProcess>()
  readonly #namespaces: string[] = []

  private constructor(prefix: string, machines: readonly Machine<Name>[], errors: Errors) {
    this.#prefix = prefix
    this.#machines = machines
    this.#errors = errors
  }

  /** @param kind what its namespaces' names begin with; runs of that kind that were killed leave theirs to be removed here */
  static async create<Name extends string>(
    kind: string, machines: readonly Machine<Name>[], errors: Errors = 'inherit',
  ): Promise<Segment<Name>> {
    await removeStale(kind)
    const segment = new Segment(`${kind}-${process.pid}`, machines, errors)
    try {
      await segment.#build()
      return segment
    } catch (error) {
      await segment.remove()
      throw error
    }
  }

  /** Runs a program to its end on one of the machines. */
  async exec(machine: Name, ...argv: [string, ...string[]]): Promise<RunResult> {
    return inside(this.#namespace(machine), argv)
  }

  /** Starts a program on one of the machines; it ends with the segment, and with this process, if not before. */
  spawn(machine: Name, ...argv: [string, ...string[]]): ChildProcess {
    const command = ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${this.#namespace(machine)}`, ...argv]
    const child = spawn('setpriv', command, { stdio: ['pipe', 'pipe', this.#errors], detached: true })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  /** Limits a machine's line, in both directions, with as much queue as a switch has. @param rate Mbit/s */
  async limit(machine: Name, rate: number): Promise<void> {
    const port = this.#port(machine)
    for (const [namespace, card] of [[this.#namespace(machine), 'eth0'], [this.#namespace('switch'), port]] as const) {
      const burst = Math.max(32_768, Math.round((rate * 125_000) / 250))
      await inside(namespace, ['tc', 'qdisc', 'replace', 'dev', card, 'root', 'tbf', 'rate', `${rate}mbit`, 'burst', `${burst}`, 'latency', '20ms'])
    }
  }

  /** Has a machine lose so many percent of the multicast packets that reach its card (by nftables: this kernel has no netem). */
  async loseMulticast(machine: Name, percent: number): Promise<void> {
    await this.exec(machine, 'nft', 'add table netdev loss; flush table netdev loss; delete table netdev loss')
    if (percent === 0) return
    const dice = percent < 100 ? `numgen random mod 100000 < ${Math.round(percent * 1000)}` : ''
    await this.exec(machine, 'nft', [
      'add table netdev loss',
      'add chain netdev loss in { type filter hook ingress device eth0 priority 0; }',
      `add rule netdev loss in ip daddr 224.0.0.0/4 ${dice} drop`,
    ].join('; '))
  }

  /** Has a router pass a group on from its own network to the others (a static route of smcroute). It takes one from each datagram's TTL. */
  async routeMulticast(router: Name, group: string): Promise<void> {
    const [from = '', ...to] = this.#cards().filter(({ machine }) => machine.name === router).map(({ name }) => name)
    const lines = [...[from, ...to].map((card) => `phyint ${card} enable`), `mroute from ${from} group ${group} to ${to.join(' ')}`]
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-router-'))
    try {
      const [file, ready, socket] = [join(folder, 'routes'), join(folder, 'ready'), join(folder, 'control')]
      await writeFile(file, `${lines.join('\n')}\n`)
      const daemon = this.spawn(router, 'smcrouted', '-n', '-N', '-s', '-l', 'none', '-f', file, '-P', ready, '-u', socket)
      for (const deadline = Date.now() + ROUTER_PATIENCE; !existsSync(ready); await sleep(50)) {
        if (daemon.exitCode !== null || Date.now() > deadline) throw new Error(`${router} routes no multicast`)
      }
    } finally {
      await rm(folder, { recursive: true })
    }
  }

  /** Counts from now on what a machine says of groups (IGMPv3, RFC 3376, section 4.2.12). @returns how often it said that it is, and is not, in one */
  async countMemberships(machine: Name): Promise<() => Promise<{ joins: number; leaves: number }>> {
    const change = (type: number): string => `@th,0,8 0x22 @th,64,8 ${type}`
    await this.exec(machine, 'nft', [
      'add table ip memberships; add counter ip memberships joins; add counter ip memberships leaves',
      'add chain ip memberships out { type filter hook output priority 0; }',
      `add rule ip memberships out ip protocol igmp ${change(4)} counter name joins`,
      `add rule ip memberships out ip protocol igmp ${change(3)} counter name leaves`,
    ].join('; '))
    const packets = async (counter: string): Promise<number> => {
      const { stdout } = await this.exec(machine, 'nft', 'list', 'counter', 'ip', 'memberships', counter)
      return Number(/packets (\d+)/.exec(stdout)?.[1])
    }
    return async () => ({ joins: await packets('joins'), leaves: await packets('leaves') })
  }

  /** Bytes that a machine's card has sent; what it has multicast counts once. */
  async sent(machine: Name): Promise<number> {
    const { stdout } = await this.exec(machine, 'ip', '-json', '-statistics', 'link', 'show', 'dev', 'eth0')
    const [{ stats64 }] = LinkStatistics.parse(JSON.parse(stdout))
    return stats64.tx.bytes
  }

  /** Ends what still runs, and takes the namespaces away. */
  async remove(): Promise<void> {
    await Promise.all(Array.from(this.#children, async (child) => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }))
    for (const name of this.#namespaces.splice(0)) await runCommand(['ip', 'netns', 'del', name]).catch(() => undefined)
  }

  async #build(): Promise<void> {
    const switches = await this.#add('switch')
    // A switch has no firewall; a bridge passes every packet through this computer's, where that is loaded.
    await inside(switches, ['sysctl', '-qwe', 'net.bridge.bridge-nf-call-iptables=0'])
    const cards = this.#cards()
    for (const bridge of new Set(cards.map((card) => card.bridge))) {
      // Without a querier a bridge that snoops would forget who listens (RFC 4541): these are too short-lived to wait for one.
      await configure(switches, [`link add ${bridge} type bridge stp_state 0 forward_delay 0 mcast_snooping 0`, `link set ${bridge} up`])
    }
    for (const machine of this.#machines) await configure(await this.#add(machine.name), ['link set lo up'])
    for (const { machine, name, address, mac, bridge, port } of cards) {
      const namespace = this.#namespace(machine.name)
      const card = `${name}${mac === undefined ? '' : ` address ${mac}`}`
      await configure(switches, [`link add ${port} type veth peer name ${card} netns ${namespace}`, `link set ${port} master ${bridge} up`])
      await configure(namespace, [`addr add ${address} brd + dev ${name}`, `link set ${name} up`])
    }
    for (const { name } of this.#machines) await inside(this.#namespace(name), ['sysctl', '-qw', ...FRAGMENTS])
    for (const { name } of this.#machines) await configure(this.#namespace(name), ['route add 224.0.0.0/4 dev eth0'])
    await this.#route(cards)
  }

  async #route(cards: readonly Card[]): Promise<void> {
    for (const router of cards.filter(({ machine }) => machine.routesTo)) {
      await inside(this.#namespace(router.machine.name), ['sysctl', '-qw', 'net.ipv4.ip_forward=1'])
      for (const { machine } of cards.filter(({ machine, bridge }) => !machine.routesTo && bridge === router.bridge)) {
        await configure(this.#namespace(machine.name), [`route add default via ${router.address.split('/')[0]}`])
      }
    }
  }

  /** The first one of each machine is in its own network. */
  #cards(): Card[] {
    const cards = this.#machines.flatMap((machine, at) => [machine.address, ...machine.routesTo ?? []].map((address, card) => ({
      machine, name: `eth${card}`, address, mac: card === 0 ? machine.mac : undefined, port: card === 0 ? `port${at}` : `port${at}.${card}`,
    })))
    const networks = [...new Set(cards.map(({ address }) => networkOf(address)))]
    return cards.map((card) => ({ ...card, bridge: `br${networks.indexOf(networkOf(card.address))}` }))
  }

  async #add(name: string): Promise<string> {
    const namespace = this.#namespace(name)
    await runCommand(['ip', 'netns', 'add', namespace])
    this.#namespaces.push(namespace)
    return namespace
  }

  #namespace(name: string): string {
    return `${this.#prefix}-${name}`
  }

  #port(machine: Name): string {
    return `port${this.#machines.findIndex(({ name }) => name === machine)}`
  }
}

function inside(namespace: string, argv: readonly [string, ...string[]], stdin = ''): Promise<RunResult> {
  return runCommand(['nsenter', `--net=/run/netns/${namespace}`, ...argv], { stdin, timeout: 60_000 })
}

async function configure(namespace: string, lines: readonly string[]): Promise<void> {
  await inside(namespace, ['ip', '-batch', '-'], `${lines.join('\n')}\n`)
}

/** `10.77.0.9/24` → the number of the network that it is in. */
function networkOf(address: string): number {
  const [host = '', bits = ''] = address.split('/')
  const number = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return Math.floor(number / 2 ** (32 - Number(bits)))
}

/** Namespaces of runs that were killed, and could not clean up after themselves. */
async function removeStale(kind: string): Promise<void> {
  for (const name of await readdir('/run/netns').catch((): string[] => [])) {
    const pid = new RegExp(`^${kind}-(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await runCommand(['ip', 'netns', 'del', name]).catch(() => undefined)
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
