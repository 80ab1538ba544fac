import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Runs a command inside a namespace. Not by `ip netns exec` or `ip -n`: they take a copy of every mount along, which
 * keeps other tests' filesystems busy, and they fail where `/` is no mount point (a chroot).
 */
const inside = (namespace: string, argv: readonly string[]): [string, string[]] => ['nsenter', [`--net=/run/netns/${namespace}`, ...argv]]

/** Where each machine of the segment is. */
export const ADDRESS = { console: '10.77.0.1', client: '10.77.0.9', router: '10.77.0.254' } as const
export type Machine = keyof typeof ADDRESS

/**
 * An Ethernet segment of network namespaces, one a machine, joined by a bridge in a fourth. Nothing
 * outside can be reached from it. Needs root.
 */
export class Segment {
  readonly #prefix = `clonaula-pxe-${process.pid}`
  readonly #children: ChildProcess[] = []

  static async create(): Promise<Segment> {
    const segment = new Segment()
    try {
      await segment.#build()
      return segment
    } catch (error) {
      await segment.remove()
      throw error
    }
  }

  /** Runs a program to its end on one of the machines. */
  async exec(machine: Machine, ...argv: [string, ...string[]]): Promise<{ stdout: string; stderr: string }> {
    return run(...inside(this.#namespace(machine), argv), { timeout: 60_000 })
  }

  /** Starts a program that runs until the segment is removed. */
  spawn(machine: Machine, ...argv: [string, ...string[]]): ChildProcess {
    const child = spawn(...inside(this.#namespace(machine), argv), { stdio: ['pipe', 'pipe', 'inherit'] })
    this.#children.push(child)
    return child
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    for (const name of ['bridge', ...Object.keys(ADDRESS)]) {
      await run('ip', ['netns', 'del', this.#namespace(name)]).catch(() => {})
    }
  }

  async #build(): Promise<void> {
    const bridge = this.#namespace('bridge')
    await run('ip', ['netns', 'add', bridge])
    await run(...inside(bridge, ['ip', 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0']))
    await run(...inside(bridge, ['ip', 'link', 'set', 'br0', 'up']))
    for (const [machine, address] of Object.entries(ADDRESS)) {
      const namespace = this.#namespace(machine)
      await run('ip', ['netns', 'add', namespace])
      await run('ip', ['link', 'add', machine, 'netns', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace])
      await run(...inside(bridge, ['ip', 'link', 'set', machine, 'master', 'br0', 'up']))
      await run(...inside(namespace, ['ip', 'link', 'set', 'lo', 'up']))
      await run(...inside(namespace, ['ip', 'addr', 'add', `${address}/24`, 'brd', '+', 'dev', 'eth0']))
      await run(...inside(namespace, ['ip', 'link', 'set', 'eth0', 'up']))
    }
    // The client broadcasts from an unbound socket; the console must do without such a route.
    await run(...inside(this.#namespace('client'), ['ip', 'route', 'add', '255.255.255.255', 'dev', 'eth0']))
  }

  #namespace(name: string): string {
    return `${this.#prefix}-${name}`
  }
}
