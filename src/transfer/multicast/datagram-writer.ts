import type { SenderAction } from '#shared/transfer/multicast/sender-machine.ts'
import { xorInto } from '#shared/transfer/multicast/receiver-machine.ts'
import { UNIT, writeMulticast, type MulticastPacket } from '#shared/wire/multicast.ts'
import { Seal, type Frame } from './seal.ts'
import type { UnitReader } from './unit-reader.ts'

export type SendAction = Exclude<SenderAction, { do: 'wait' | 'end' }>

export interface Datagram {
  bytes: Buffer
  /** To be called when they are sent. */
  release: () => void
}

/** Makes datagrams, in memory that is used again once they are sent. */
export class DatagramWriter {
  readonly #session: number
  readonly #seal: Seal
  readonly #reader: UnitReader
  readonly #free: Frame[] = []
  readonly #mixed = new Uint8Array(UNIT)
  #payload = new Uint8Array(UNIT)

  constructor(session: number, key: Uint8Array, reader: UnitReader) {
    this.#session = session
    this.#seal = new Seal(key)
    this.#reader = reader
  }

  /** The datagram of an action, and what to call when it is sent; `undefined` when its bytes have to be read first. */
  write(action: SendAction): Datagram | undefined {
    const packet = this.#packet(action)
    if (!packet) return undefined
    const frame = this.#free.pop() ?? this.#seal.frame()
    const bytes = this.#seal.close(frame, writeMulticast(packet, frame.body))
    return { bytes, release: () => this.#free.push(frame) }
  }

  /** @throws what the source of the stream throws */
  async writeOnceRead(action: SendAction): Promise<Datagram> {
    for (;;) {
      if (action.do === 'data') await this.#reader.load(action.first, action.count)
      if (action.do === 'mixed') for (const unit of action.units) await this.#reader.load(unit, 1)
      const datagram = this.write(action)
      if (datagram) return datagram
    }
  }

  /** `undefined` while a part of it is not in memory. */
  #packet(action: SendAction): MulticastPacket | undefined {
    const header = { session: this.#session, seq: action.seq }
    if (action.do === 'position') return { kind: 'position', ...header, unit: action.unit }
    if (action.do === 'mixed') {
      return this.#mix(action.units) ? { kind: 'mixed', ...header, ...relative(action.units), payload: this.#mixed } : undefined
    }
    const payload = this.#read(action.first, action.count)
    return payload && { kind: 'data', ...header, unit: action.first, payload }
  }

  #mix(units: readonly number[]): boolean {
    this.#mixed.fill(0)
    return units.every((unit) => {
      const bytes = this.#read(unit, 1)
      if (bytes) xorInto(this.#mixed, bytes)
      return bytes !== undefined
    })
  }

  #read(first: number, count: number): Uint8Array | undefined {
    if (this.#payload.length < count * UNIT) this.#payload = new Uint8Array(count * UNIT)
    const length = this.#reader.read(first, count, this.#payload)
    return length === undefined ? undefined : this.#payload.subarray(0, length)
  }
}

function relative([unit = 0, ...others]: readonly number[]): { unit: number; behind: number[] } {
  return { unit, behind: others.map((other) => other - unit) }
}
