import type { ChildProcess } from 'node:child_process'
import { Segment, type Machine } from '../../network/segment.ts'

export interface RoomOptions {
  receivers: number
  /** Mbit/s that the sender's line carries; without it as much as the machine does. */
  rate?: number | undefined
  /** Percent of multicast packets that each receiver loses by itself. */
  loss?: number | undefined
  /** The group that a router passes on to the receivers, which are in a network of their own then. */
  routed?: string
}

export type RoomMember = 'sender' | 'stranger' | 'router' | number

/** A classroom on a segment: a sender, receivers and a stranger. Needs root. */
export class Room {
  readonly #segment: Segment

  private constructor(segment: Segment) {
    this.#segment = segment
  }

  static async create({ receivers, rate, loss = 0, routed }: RoomOptions): Promise<Room> {
    const members: RoomMember[] = ['sender', 'stranger', ...Array.from({ length: receivers }, (_, index) => index)]
    const bits = routed === undefined ? 16 : 24
    const machines: Machine[] = members.map((member) => ({ name: String(member), address: `${Room.address(member)}/${bits}` }))
    if (routed !== undefined) machines.push({ name: 'router', address: `${Room.address('router')}/${bits}`, routesTo: [`10.78.1.254/${bits}`] })
    const room = new Room(await Segment.create('clonaula-mc', machines, 'pipe'))
    try {
      if (routed !== undefined) await room.#segment.routeMulticast('router', routed)
      if (rate !== undefined) await room.#limit(rate)
      for (let receiver = 0; receiver < (loss > 0 ? receivers : 0); receiver += 1) await room.setLoss(receiver, loss)
      return room
    } catch (error) {
      await room.remove()
      throw error
    }
  }

  static address(member: RoomMember): string {
    if (typeof member === 'number') return `10.78.1.${member + 1}`
    return { sender: '10.78.0.1', stranger: '10.78.0.2', router: '10.78.0.254' }[member]
  }

  /** Starts a program on a member's computer; it ends with the room, if not before. */
  spawn(member: RoomMember, argv: readonly [string, ...string[]]): ChildProcess {
    return this.#segment.spawn(String(member), ...argv)
  }

  /** Percent of multicast packets that a receiver loses from now on. */
  async setLoss(receiver: number, percent: number): Promise<void> {
    await this.#segment.loseMulticast(String(receiver), percent)
  }

  /** Counts from now on how often a receiver says that it is in a group, and that it is not any more. */
  async countMemberships(receiver: number): Promise<() => Promise<{ joins: number; leaves: number }>> {
    return this.#segment.countMemberships(String(receiver))
  }

  /** Bytes that a member's card has sent so far, with the headers of Ethernet; what it has multicast counts once. */
  async sent(member: RoomMember): Promise<number> {
    return this.#segment.sent(String(member))
  }

  /** Ends what still runs, and takes the namespaces away. */
  async remove(): Promise<void> {
    await this.#segment.remove()
  }

  /** The queue is longer than a socket's buffer: whoever sends too fast waits, as with a real card, and loses nothing. */
  async #limit(rate: number): Promise<void> {
    const burst = Math.max(16_384, Math.round((rate * 125_000) / 500))
    await this.#segment.exec('sender',
      'tc', 'qdisc', 'add', 'dev', 'eth0', 'root', 'tbf', 'rate', `${rate}mbit`, 'burst', String(burst), 'limit', '8000000')
  }
}
