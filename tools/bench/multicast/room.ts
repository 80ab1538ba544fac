import type { ChildProcess } from 'node:child_process'
import { Segment } from '../../network/segment.ts'

export interface RoomOptions {
  receivers: number
  /** Mbit/s that the sender's line carries; without it as much as the machine does. */
  rate?: number | undefined
  /** Percent of multicast packets that each receiver loses by itself. */
  loss?: number | undefined
}

export type RoomMember = 'sender' | 'stranger' | number

/** A classroom on a segment: a sender, receivers and a stranger. Needs root. */
export class Room {
  readonly #segment: Segment

  private constructor(segment: Segment) {
    this.#segment = segment
  }

  static async create({ receivers, rate, loss = 0 }: RoomOptions): Promise<Room> {
    const members: RoomMember[] = ['sender', 'stranger', ...Array.from({ length: receivers }, (_, index) => index)]
    const machines = members.map((member) => ({ name: String(member), address: `${Room.address(member)}/16` }))
    const room = new Room(await Segment.create('clonaula-mc', machines, 'pipe'))
    try {
      if (rate !== undefined) await room.#limit(rate)
      for (let receiver = 0; receiver < (loss > 0 ? receivers : 0); receiver += 1) await room.setLoss(receiver, loss)
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

  /** Starts a program on a member's computer; it ends with the room, if not before. */
  spawn(member: RoomMember, argv: readonly [string, ...string[]]): ChildProcess {
    return this.#segment.spawn(String(member), ...argv)
  }

  /** Percent of multicast packets that a receiver loses from now on. */
  async setLoss(receiver: number, percent: number): Promise<void> {
    await this.#segment.loseMulticast(String(receiver), percent)
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
