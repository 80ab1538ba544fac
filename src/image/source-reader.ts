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

  /**
   * A read past the kernel's cache fails as a whole: which block it is shows when they are read one by one.
   * What is left out is listed in order: a block that cannot be read waits for the read before.
   */
  async #read(into: Uint8Array, offset: number, before: Promise<void>): Promise<void> {
    if (await this.#failure(into, offset) === undefined) return
    await before
    for (let at = 0; at < into.length; at += BLOCK) {
      const block = into.subarray(at, at + BLOCK)
      const failure = await this.#failure(block, offset + at)
      if (failure === undefined) continue
      if (this.#onReadError === 'fail') throw failure
      block.fill(0)
      this.#leaveOut(offset + at, block.length)
    }
  }

  /** Reads. @returns what the medium failed with. @throws what is not the medium's */
  async #failure(into: Uint8Array, offset: number): Promise<ClonaulaError | undefined> {
    try {
      await this.#device.read(into, offset)
      return undefined
    } catch (cause) {
      if (cause instanceof ClonaulaError && cause.result === 'diskError') return cause
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
