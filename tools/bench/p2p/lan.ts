import type { ChildProcess } from 'node:child_process'
import { Segment } from '../../network/segment.ts'

/** Computers on a segment, each with a line of the same rate in both directions. Number 0 is the console. Needs root. */
export class Lan {
  readonly #segment: Segment

  private constructor(segment: Segment) {
    this.#segment = segment
  }

  /** @param rate of each line, in Mbit/s */
  static async create(computers: number, rate: number): Promise<Lan> {
    const machines = Array.from({ length: computers }, (_, computer) => ({ name: String(computer), address: `${Lan.address(computer)}/24` }))
    const lan = new Lan(await Segment.create('clonaula-p2p', machines, 'pipe'))
    try {
      for (const { name } of machines) await lan.#segment.limit(name, rate)
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
    return this.#segment.spawn(String(computer), ...argv)
  }

  /** Ends what runs, and takes the namespaces away. */
  async remove(): Promise<void> {
    await this.#segment.remove()
  }
}
