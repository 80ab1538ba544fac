import { UNIT } from '../../wire/multicast.ts'
import type { StreamWindow } from './stream-window.ts'

/** A range of the stream that somebody waits for. */
export interface WaitingRange {
  /** First byte, and the one after the last. */
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

interface Entry extends WaitingRange {
  readonly lastUnit: number
  /** The next byte that is to be copied. */
  at: number
}

/**
 * Ranges that a consumer waits for, filled as their units come. What is asked for says how far the consumer is: everything before
 * the earliest range that waits, or before the end of the last one, is not wanted any more, so the window moves on.
 */
export class RangeQueue {
  readonly #window: StreamWindow
  readonly #waiting = new Set<Entry>()
  #passed = 0

  constructor(window: StreamWindow) {
    this.#window = window
  }

  /** Whether nobody waits for data. */
  get idle(): boolean {
    return this.#waiting.size === 0
  }

  /** Whether a range may be complete now: its end has come, which comes last unless something is missing. */
  get due(): boolean {
    for (const { lastUnit } of this.#waiting) if (this.#window.has(lastUnit)) return true
    return false
  }

  add(start: number, length: number): WaitingRange {
    const end = start + length
    const entry = { start, end, lastUnit: Math.floor((end - 1) / UNIT), at: start, bytes: new Uint8Array(length) }
    this.#waiting.add(entry)
    return entry
  }

  /** Nobody waits for it any more. */
  remove(range: WaitingRange): void {
    for (const entry of this.#waiting) if (entry === range) this.#settle(entry)
    this.#moveOn()
  }

  /** Copies what has come. @returns ranges that are complete, and those of which a part will never come */
  advance(): { complete: WaitingRange[]; gone: WaitingRange[] } {
    const complete: Entry[] = []
    const gone: Entry[] = []
    for (const entry of this.#waiting) {
      this.#fill(entry)
      if (entry.at === entry.end) complete.push(entry)
      else if (!this.#window.mayCome(Math.floor(entry.at / UNIT))) gone.push(entry)
    }
    for (const entry of [...complete, ...gone]) this.#settle(entry)
    this.#moveOn()
    return { complete, gone }
  }

  /** Takes out everything that still waits: the session is over. */
  drain(): WaitingRange[] {
    const left = [...this.#waiting]
    this.#waiting.clear()
    return left
  }

  #fill(entry: Entry): void {
    while (entry.at < entry.end) {
      const unit = Math.floor(entry.at / UNIT)
      if (!this.#window.has(unit)) return
      const part = this.#window.getMany(unit).subarray(entry.at - unit * UNIT, entry.end - unit * UNIT)
      entry.bytes.set(part, entry.at - entry.start)
      entry.at += part.length
    }
  }

  #settle(entry: Entry): void {
    this.#waiting.delete(entry)
    this.#passed = Math.max(this.#passed, entry.end)
  }

  #moveOn(): void {
    let earliest = this.#waiting.size === 0 ? this.#passed : Infinity
    for (const entry of this.#waiting) earliest = Math.min(earliest, entry.at)
    const unit = earliest >= this.#window.bytes ? this.#window.units : Math.floor(earliest / UNIT)
    this.#window.pass(unit)
  }
}
