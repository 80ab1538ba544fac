import { setImmediate as turn } from 'node:timers/promises'
import type { Extent } from '../../extents.ts'
import { SECTOR } from '../record.ts'
import type { TargetDevice } from '../target-device.ts'

/** Deterministic pseudo-random numbers in [0, 1) (mulberry32), so that a failure can be seen again. */
export function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The power of all devices of a computer: it goes after so many writes and flushes. */
export class Power {
  #left: number
  used = 0

  constructor(operations = Number.POSITIVE_INFINITY) {
    this.#left = operations
  }

  /** Sets another end: after so many operations from now. */
  lastFor(operations: number): void {
    this.#left = this.used + operations
  }

  get on(): boolean {
    return this.used < this.#left
  }

  /** Says whether an operation is still begun; the last one may be done in part. */
  use(): void {
    if (!this.on) throw new Error('the power is gone')
    this.used += 1
  }
}

interface PendingWrite {
  offset: number
  bytes: Buffer
}

/** A magic number by which a system would recognise a filesystem. */
export interface Magic {
  offset: number
  bytes: Uint8Array
}

/**
 * A device with a cache that forgets: what was written since the last flush is lost in part, sector by sector and in any order, when
 * the power goes. A flush covers what was written before it was called.
 */
export class VolatileDevice implements TargetDevice {
  readonly path: string
  readonly #power: Power
  readonly #magics: readonly Magic[]
  /** What a reader sees, and what the medium has. */
  readonly #seen: Buffer
  readonly #medium: Buffer
  #pending: PendingWrite[] = []
  readonly discarded: Extent[] = []

  constructor(path: string, content: Uint8Array, power: Power, magics: readonly Magic[] = []) {
    this.path = path
    this.#power = power
    this.#magics = magics
    this.#seen = Buffer.from(content)
    this.#medium = Buffer.from(content)
  }

  get size(): number {
    return this.#seen.length
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    await turn()
    into.set(this.#seen.subarray(offset, offset + into.length))
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    this.#power.use()
    if (offset + bytes.length > this.size) throw new Error('write beyond the end')
    const copy = Buffer.from(bytes)
    this.#pending.push({ offset, bytes: copy })
    this.#seen.set(copy, offset)
    await turn()
    if (!this.#power.on) throw new Error('the power is gone')
  }

  async flush(): Promise<void> {
    this.#power.use()
    const covered = this.#pending.slice()
    await turn()
    await turn()
    if (!this.#power.on) throw new Error('the power is gone')
    for (const { offset, bytes } of covered) this.#medium.set(bytes, offset)
    this.#pending = this.#pending.filter((write) => !covered.includes(write))
  }

  async dropCache(): Promise<void> {
    await turn()
  }

  async signatures(): Promise<Extent[]> {
    await turn()
    return presentMagics(this.#seen, this.#magics).map(({ offset, bytes }) => ({ offset, length: bytes.length }))
  }

  async discard(range: Extent): Promise<boolean> {
    await turn()
    this.discarded.push(range)
    return true
  }

  async close(): Promise<void> {
    await turn()
  }

  /** What is on the medium when the power comes back. */
  afterPowerLoss(random: () => number): Buffer {
    const medium = Buffer.from(this.#medium)
    const order = this.#pending.map((write) => ({ write, key: random() })).sort((a, b) => a.key - b.key)
    for (const { write: { offset, bytes } } of order) {
      const share = [0, 1, random()][Math.floor(random() * 3)]!
      for (let at = 0; at < bytes.length; ) {
        const end = Math.min(bytes.length, at + SECTOR - ((offset + at) % SECTOR))
        if (random() < share) medium.set(bytes.subarray(at, end), offset + at)
        at = end
      }
    }
    return medium
  }
}

export function presentMagics(content: Uint8Array, magics: readonly Magic[]): Magic[] {
  return magics.filter(({ offset, bytes }) => Buffer.from(bytes).equals(content.subarray(offset, offset + bytes.length)))
}
