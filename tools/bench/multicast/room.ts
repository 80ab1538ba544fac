import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface RoomOptions {
  receivers: number
  /** Mbit/s that the sender's line carries; without it as much as the machine does. */
  rate?: number | undefined
  /** Percent of multicast packets that each receiver loses by itself. */
  loss?: number | undefined
}

export type RoomMember = 'sender' | 'stranger' | number

/**
 * A classroom of network namespaces: a sender, receivers and a stranger, joined by a bridge. Rates are tbf's, losses those of nftables
 * at each receiver's card (this kernel has no netem). Nothing outside can be reached from it. Needs root.
 */
export class Room {
  readonly #prefix: string
  readonly #receivers: number
  readonly #children = new Set<ChildProcess>()
  readonly #namespaces: string[] = []

  private constructor(receivers: number) {
    this.#prefix = `clonaula-mc-${process.pid}`
    this.#receivers = receivers
  }

  static async create(options: RoomOptions): Promise<Room> {
    const room = new Room(options.receivers)
    try {
      await room.#build(options)
      return room
    } catch (error) {
      await room.remove()
      throw error
    }
  }

  static address(member: RoomMember): string {
    if (member === 'sender') return '10.78.0.1'
    return member === 'stranger' ? '10.78.0.2' : `10.78.1.${member + 1}`
  }

  /** Starts a program on a member's computer; it ends with the room, if not before. Its errors go to this process's. */
  spawn(member: RoomMember, argv: readonly [string, ...string[]]): ChildProcess {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', 'nsenter', `--net=/run/netns/${this.#namespace(member)}`, ...argv], {
      stdio: ['pipe', 'pipe', 'pipe'], detached: true,
    })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    return child
  }

  /** Percent of multicast packets that a receiver loses from now on. */
  async setLoss(receiver: number, percent: number): Promise<void> {
    const inside = (...argv: string[]): Promise<unknown> => this.#inside(this.#namespace(receiver), argv)
    await inside('nft', 'add table netdev loss; flush table netdev loss; delete table netdev loss')
    if (percent === 0) return
    const dice = percent < 100 ? `numgen random mod 100000 < ${Math.round(percent * 1000)}` : ''
    await inside('nft', [
      'add table netdev loss',
      'add chain netdev loss in { type filter hook ingress device eth0 priority 0; }',
      `add rule netdev loss in ip daddr 224.0.0.0/4 ${dice} drop`,
    ].join('; '))
  }

  /** Ends what still runs, and takes the namespaces away. */
  async remove(): Promise<void> {
    for (const child of this.#children) {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    }
    for (const name of this.#namespaces.splice(0)) await run('ip', ['netns', 'del', name]).catch(() => undefined)
  }

  async #build({ rate, loss = 0 }: RoomOptions): Promise<void> {
    const bridge = await this.#add('bridge')
    // Without a querier a bridge that snoops would forget who listens (RFC 4541): these are too short-lived to wait for one.
    await this.#inside(bridge, ['ip', 'link', 'add', 'br0', 'type', 'bridge', 'stp_state', '0', 'forward_delay', '0', 'mcast_snooping', '0'])
    await this.#inside(bridge, ['ip', 'link', 'set', 'br0', 'up'])
    const members: RoomMember[] = ['sender', 'stranger', ...Array.from({ length: this.#receivers }, (_, index) => index)]
    for (const member of members) await this.#plug(member, bridge)
    if (rate !== undefined) await this.#limit(rate)
    if (loss === 0) return
    for (let receiver = 0; receiver < this.#receivers; receiver += 1) await this.setLoss(receiver, loss)
  }

  async #plug(member: RoomMember, bridge: string): Promise<void> {
    const name = await this.#add(String(member))
    await run('ip', ['link', 'add', `m${member}`, 'netns', bridge, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
    await this.#inside(bridge, ['ip', 'link', 'set', `m${member}`, 'master', 'br0', 'up'])
    await this.#inside(name, ['ip', 'link', 'set', 'lo', 'up'])
    await this.#inside(name, ['ip', 'addr', 'add', `${Room.address(member)}/16`, 'brd', '+', 'dev', 'eth0'])
    await this.#inside(name, ['ip', 'link', 'set', 'eth0', 'up'])
    await this.#inside(name, ['ip', 'route', 'add', '224.0.0.0/4', 'dev', 'eth0'])
  }

  /** The queue is longer than a socket's buffer: whoever sends too fast waits, as with a real card, and loses nothing. */
  async #limit(rate: number): Promise<void> {
    const burst = Math.max(16_384, Math.round((rate * 125_000) / 500))
    await this.#inside(this.#namespace('sender'), [
      'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', `${rate}mbit`, 'burst', String(burst), 'limit', '8000000',
    ])
  }

  async #add(name: string): Promise<string> {
    const namespace = this.#namespace(name)
    await run('ip', ['netns', 'add', namespace])
    this.#namespaces.push(namespace)
    return namespace
  }

  #inside(namespace: string, argv: readonly string[]): Promise<unknown> {
    return run('nsenter', [`--net=/run/netns/${namespace}`, ...argv], { timeout: 60_000 })
  }

  #namespace(name: string | number): string {
    return `${this.#prefix}-${name}`
  }
}
