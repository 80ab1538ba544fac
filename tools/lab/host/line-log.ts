import { createWriteStream, type WriteStream } from 'node:fs'
import { TerminalLines } from './terminal-lines.ts'

export interface TimedLine {
  /** Milliseconds since the epoch when the line was complete. */
  at: number
  text: string
}

/** Milliseconds of silence after which what stands without a line end is a prompt. */
const PROMPT_PAUSE = 1000

/** The lines of a serial console or of a program: kept, written to a file as they come, and waited for. */
export class LineLog {
  readonly lines: TimedLine[] = []
  readonly #splitter = new TerminalLines()
  readonly #file: WriteStream
  readonly #listeners = new Set<(line: TimedLine) => void>()
  readonly #start = Date.now()
  #idle: NodeJS.Timeout | undefined

  constructor(path: string) {
    this.#file = createWriteStream(path, { flags: 'a' })
  }

  push(bytes: Uint8Array): void {
    for (const text of this.#splitter.push(bytes)) this.add({ at: Date.now(), text })
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => {
      for (const text of this.#splitter.flush()) this.add({ at: Date.now(), text })
    }, PROMPT_PAUSE)
  }

  add(line: TimedLine): void {
    this.lines.push(line)
    const seconds = ((line.at - this.#start) / 1000).toFixed(2)
    this.#file.write(`${seconds.padStart(8)} ${line.text}\n`)
    for (const listener of this.#listeners) listener(line)
  }

  tail(count: number): string[] {
    return this.lines.slice(-count).map(({ text }) => text)
  }

  /** The first line from `since` on (milliseconds since the epoch) that `match` makes something of. */
  find<T>(since: number, match: (text: string) => T | undefined): Promise<{ value: T; at: number }> {
    const look = ({ at, text }: TimedLine): { value: T; at: number } | undefined => {
      const value = at >= since ? match(text) : undefined
      return value === undefined ? undefined : { value, at }
    }
    for (const line of this.lines) {
      const found = look(line)
      if (found) return Promise.resolve(found)
    }
    return new Promise((resolve) => {
      const listener = (line: TimedLine): void => {
        const found = look(line)
        if (!found) return
        this.#listeners.delete(listener)
        resolve(found)
      }
      this.#listeners.add(listener)
    })
  }

  close(): Promise<void> {
    clearTimeout(this.#idle)
    return new Promise((resolve) => this.#file.end(resolve))
  }
}
