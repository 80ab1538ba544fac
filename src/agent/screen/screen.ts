import type { LogLine } from '#shared/contract/agent.ts'
import { printable } from '#shared/domain/printable.ts'
import { percent } from '#shared/domain/progress.ts'
import { renderStatus, workLine, type Status } from './status.ts'
import type { Terminal } from './terminal.ts'

/** Log lines under the status, and the width of the narrowest console. */
const RECENT = 10
const WIDTH = 80
/** Milliseconds between two drawings, and percent between two lines of a line-based console. */
const REDRAW = 500
const STEP = 10

/**
 * What people see at the computer. The screen is redrawn as a whole; consoles that only take lines (serial, a file) get the
 * log and a line of progress every ten percent.
 */
export class Screen {
  readonly #terminal: Terminal | undefined
  readonly #write: (text: string) => void
  readonly #recent: string[] = []
  readonly #timer: NodeJS.Timeout | undefined
  #status: Status = { language: 'es', connected: false, mac: '', address: '', console: '' }
  #changed = true
  /** Phase and tens of percent that were printed last. */
  #printed = ''

  constructor(terminal: Terminal | undefined, write: (text: string) => void) {
    this.#terminal = terminal
    this.#write = write
    if (terminal !== undefined) this.#timer = setInterval(() => this.#draw(), REDRAW).unref()
  }

  show(change: Partial<Status>): void {
    this.#status = { ...this.#status, ...change }
    this.#changed = true
    this.#printProgress()
  }

  print(line: LogLine): void {
    const time = new Date(line.at).toTimeString().slice(0, 8)
    // What an image or a console says of itself is in it.
    for (const text of line.text.split('\n').map(printable)) {
      this.#recent.push(text)
      this.#write(`${time} ${text}\n`)
    }
    this.#recent.splice(0, this.#recent.length - RECENT)
    this.#changed = true
  }

  close(): void {
    clearInterval(this.#timer)
    this.#draw()
    this.#terminal?.close()
  }

  #draw(): void {
    if (!this.#changed) return
    this.#changed = false
    this.#terminal?.draw(renderStatus(this.#status, this.#recent, WIDTH))
  }

  #printProgress(): void {
    const { progress } = this.#status
    const mark = progress === undefined ? '' : `${progress.phase} ${Math.floor(percent(progress) / STEP)}`
    if (mark === this.#printed) return
    this.#printed = mark
    const line = workLine(this.#status)
    if (progress !== undefined && line !== undefined) this.#write(`         ${line}\n`)
  }
}
