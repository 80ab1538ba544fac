import { ClonaulaError } from '#shared/domain/errors.ts'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { MAX_UNREADABLE_RANGES, type Incomplete } from '#shared/formats/manifest-facts.ts'
import type { Device } from './device.ts'

/** What a read error of the source does: end the capture, or leave zeros where the medium gives nothing. */
export type OnReadError = 'fail' | 'skip'

/** Reads a source; one that skips what cannot be read remembers where that was. Reads come in order; several may be under way. */
export class SourceReader {
  readonly #device: Pick<Device, 'read'>
  readonly #onReadError: OnReadError
  readonly #ranges: { offset: number; length: number }[] = []
  #bytes = 0
  /** The read before, with what it had to leave out. */
  #before: Promise<void> = Promise.resolve()

  constructor(device: Pick<Device, 'read'>, onReadError: OnReadError = 'fail') {
    this.#device = device
    this.#onReadError = onReadError
  }

  /** What was left out; `undefined`: nothing. */
  get incomplete(): Incomplete | undefined {
    return this.#bytes === 0 ? undefined : { bytes: this.#bytes, ranges: this.#ranges }
  }

  /** Fills `into` from `offset`. @throws `diskError` with the place, unless such places are skipped */
  async read(into: Uint8Array, offset: number): Promise<void> {
    const before = this.#before
    const reading = this.#read(into, offset, before)
    this.#before = reading.catch(() => undefined) // whoever asked for it is told
    return reading
  }

  /** What is left out is listed in order: a block that cannot be read waits for the read before. */
  async #read(into: Uint8Array, offset: number, before: Promise<void>): Promise<void> {
    if (await this.#tried(into, offset)) return
    await before
    for (let at = 0; at < into.length; at += BLOCK) {
      const block = into.subarray(at, at + BLOCK)
      if (await this.#tried(block, offset + at)) continue
      block.fill(0)
      this.#leaveOut(offset + at, block.length)
    }
  }

  /** @returns whether it could be read */
  async #tried(into: Uint8Array, offset: number): Promise<boolean> {
    try {
      await this.#device.read(into, offset)
      return true
    } catch (cause) {
      const skips = this.#onReadError === 'skip' && cause instanceof ClonaulaError && cause.result === 'diskError'
      if (skips) return false
      throw cause
    }
  }

  #leaveOut(offset: number, length: number): void {
    this.#bytes += length
    const last = this.#ranges.at(-1)
    if (last && last.offset + last.length === offset) last.length += length
    else if (this.#ranges.length < MAX_UNREADABLE_RANGES) this.#ranges.push({ offset, length })
  }
}
