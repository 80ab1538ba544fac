import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { z } from 'zod'
import { runCommand, type RunResult } from '#image/run/run.ts'

export interface Machine<Name extends string = string> {
  name: Name
  /** With the bits of its network: `10.77.0.9/24`. */
  address: string
  /** Of its card; one that the kernel makes up, unless said. */
  mac?: string
}

/** Where what its programs write to their standard error goes: to this process's, or to a pipe, which somebody has to read. */
export type Errors = 'inherit' | 'pipe'

const LinkStatistics = z.tuple([z.object({ stats64: z.object({ tx: z.object({ bytes: z.number() }) }) })])

/**
 * An Ethernet segment of network namespaces, one a machine, joined by a switch (a bridge) in one more. Each machine has one card,
 * `eth0`. Nothing outside can be reached from it. Needs root.
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
    const bridge = await this.#add('switch')
    // Without a querier a bridge that snoops would forget who listens (RFC 4541): these are too short-lived to wait for one.
    await configure(bridge, ['link add br0 type bridge stp_state 0 forward_delay 0 mcast_snooping 0', 'link set br0 up'])
    for (const { name, address, mac } of this.#machines) {
      const namespace = await this.#add(name)
      const port = this.#port(name)
      const card = `eth0${mac === undefined ? '' : ` address ${mac}`}`
      await configure(bridge, [`link add ${port} type veth peer name ${card} netns ${namespace}`, `link set ${port} master br0 up`])
      await configure(namespace, [
        'link set lo up', `addr add ${address} brd + dev eth0`, 'link set eth0 up', 'route add 224.0.0.0/4 dev eth0',
      ])
    }
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
