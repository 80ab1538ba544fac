/**
 * The terminal of a lab: a heading for each phase and a line for each computer. A terminal is redrawn in place;
 * anything else (a log of a test run) gets a line only when there is news.
 */
import { styleText } from 'node:util'
import { percent, type Progress } from '#shared/domain/progress.ts'

export interface Terminal {
  isTTY?: boolean
  columns?: number
  write(text: string): unknown
}

/** What a computer is doing, and how far that has come. */
export interface Row { name: string; text: string; progress?: Progress | undefined }

/** Without a terminal a progress gets a line at every quarter only. */
const QUARTER = 25

export class Board {
  readonly #terminal: Terminal
  readonly #rows = new Map<string, Row>()
  /** Lines that are redrawn, counted from the bottom. */
  #drawn = 0
  readonly #said = new Map<string, string>()

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  /** A line of its own, above the computers. */
  say(text: string): void {
    this.#erase()
    this.#terminal.write(`${text}\n`)
    this.#draw()
  }

  phase(title: string): void {
    this.say(this.#terminal.isTTY ? styleText('bold', `── ${title}`) : `── ${title}`)
  }

  update(row: Row): void {
    this.#rows.set(row.name, row)
    if (this.#terminal.isTTY) {
      this.#erase()
      this.#draw()
    } else {
      this.#sayNews(row)
    }
  }

  /** Leaves the lines as they are; what is said next comes below. */
  end(): void {
    this.#rows.clear()
    this.#drawn = 0
  }

  #sayNews(row: Row): void {
    const quarter = row.progress ? Math.floor(percent(row.progress) / QUARTER) : 0
    const news = `${row.text} ${row.progress?.phase ?? ''} ${quarter}`
    if (this.#said.get(row.name) === news) return
    this.#said.set(row.name, news)
    this.#terminal.write(`${rowText(row)}\n`)
  }

  #draw(): void {
    if (!this.#terminal.isTTY) return
    const width = (this.#terminal.columns ?? 80) - 1
    for (const row of this.#rows.values()) this.#terminal.write(`${rowText(row).slice(0, width)}\n`)
    this.#drawn = this.#rows.size
  }

  /** Cursor up, and clear to the end of the screen (ECMA-48 CUU and ED). */
  #erase(): void {
    if (this.#drawn > 0) this.#terminal.write(`\x1b[${this.#drawn}A\x1b[J`)
    this.#drawn = 0
  }
}

/** `pc-02  restore     61 %   31.2 MB/s   5 s left` */
export function rowText({ name, text, progress }: Row): string {
  const start = `${name}  ${text}`
  if (!progress) return start
  const figures = [
    `${progress.phase} ${percent(progress)} %`.padStart(16),
    `${(progress.rate / 1e6).toFixed(1)} MB/s`.padStart(11),
    progress.secondsLeft === undefined ? '' : `${Math.ceil(progress.secondsLeft)} s left`.padStart(11),
  ]
  return `${start.padEnd(20)}${figures.join(' ')}`.trimEnd()
}
