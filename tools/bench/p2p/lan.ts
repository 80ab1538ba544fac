import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { runCommand } from '#image/run/run.ts'

const PREFIX = 'clonaula-p2p-'

/**
 * Computers in network namespaces, joined by a bridge, each with a line of the same rate in both directions (tbf at
 * both ends of its cable). Number 0 is the console. Nothing outside can be reached from it. Needs root.
 */
export class Lan {
  readonly #prefix = `${PREFIX}${process.pid}`
  readonly #children = new Set<ChildProcess>()
  readonly #namespaces: string[] = []

  /** @param rate of each line, in Mbit/s */
  static async create(computers: number, rate: number): Promise<Lan> {
    await removeStale()
    const lan = new Lan()
    try {
      await lan.#build(computers, rate)
      return lan
    } catch (error) {
      await lan.remove()
      throw error
    }
  }

  static address(computer: number): string {
    return `10.79.0.${computer + 1}`
  }

  /** Starts a program on a computer; it ends with the lan, and with this process. */
  spawn(computer: number, argv: readonly [string, ...string[]]): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${this.#namespace(computer)}`, ...argv], {
      stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  /** Ends what runs, and takes the namespaces away. */
  async remove(): Promise<void> {
    await Promise.all(Array.from(this.#children, async (child) => {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }))
    for (const name of this.#namespaces.splice(0)) await runCommand(['ip', 'netns', 'del', name]).catch(() => undefined)
  }

  async #build(computers: number, rate: number): Promise<void> {
    const bridge = await this.#add('bridge')
    await inside(bridge, 'ip', 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0')
    await inside(bridge, 'ip', 'link', 'set', 'br0', 'up')
    for (let computer = 0; computer < computers; computer += 1) {
      const name = await this.#add(computer)
      await runCommand(['ip', 'link', 'add', `c${computer}`, 'netns', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
      await inside(bridge, 'ip', 'link', 'set', `c${computer}`, 'master', 'br0', 'up')
      await inside(name, 'ip', 'link', 'set', 'lo', 'up')
      await inside(name, 'ip', 'addr', 'add', `${Lan.address(computer)}/24`, 'brd', '+', 'dev', 'eth0')
      await inside(name, 'ip', 'link', 'set', 'eth0', 'up')
      await limit(name, 'eth0', rate)
      await limit(bridge, `c${computer}`, rate)
    }
  }

  async #add(name: string | number): Promise<string> {
    const namespace = this.#namespace(name)
    await runCommand(['ip', 'netns', 'add', namespace])
    this.#namespaces.push(namespace)
    return namespace
  }

  #namespace(name: string | number): string {
    return `${this.#prefix}-${name}`
  }
}

/** As much queue as a switch has: 20 milliseconds of the line. */
async function limit(namespace: string, card: string, rate: number): Promise<void> {
  const burst = Math.max(32_768, Math.round((rate * 125_000) / 250))
  await inside(namespace, 'tc', 'qdisc', 'add', 'dev', card, 'root', 'tbf', 'rate', `${rate}mbit`, 'burst', `${burst}`, 'latency', '20ms')
}

async function inside(namespace: string, command: string, ...args: string[]): Promise<void> {
  await runCommand(['nsenter', `--net=/run/netns/${namespace}`, command, ...args])
}

/** Namespaces of runs that were killed, and could not clean up after themselves. */
async function removeStale(): Promise<void> {
  for (const name of await readdir('/run/netns').catch((): string[] => [])) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1]
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
