/** What the story plays on: the room, who is in it, and what is told to the terminal and to the report. */
import { isAbort } from '#shared/domain/errors.ts'
import type { OperationView } from '#shared/contract/views.ts'
import { within } from '../host/within.ts'
import type { LabOptions } from '../options.ts'
import type { Room } from '../room/room.ts'
import type { Board } from './board.ts'
import { bootReport } from './boot-report.ts'
import type { BootReport, LabReport } from './report.ts'
import { seatOf, type Seat } from './seat.ts'
import { ConsoleWatch } from './watch.ts'

/** Lines of a failed computer's serial console that the report quotes. */
const SERIAL_TAIL = 25

export class Stage {
  readonly options: LabOptions
  readonly seats: Seat[]
  readonly client: Room['console']['client']
  readonly watch: ConsoleWatch
  readonly report: LabReport
  readonly traffic: Room['traffic']
  readonly cacheSize: number
  /** The step that is being done, or was done last. */
  step = 'start'
  readonly #board: Board
  readonly #signal: AbortSignal

  constructor(room: Room, options: LabOptions, report: LabReport, board: Board, signal: AbortSignal) {
    this.options = options
    this.seats = room.computers.map(seatOf)
    this.client = room.console.client
    this.report = report
    this.traffic = room.traffic
    this.cacheSize = room.cacheSize
    report.computers = this.seats.map((seat) => seat.report)
    this.#board = board
    this.#signal = signal
    this.watch = new ConsoleWatch(this.client, (operation) => this.#showProgress(operation))
  }

  /**
   * Does a step for some computers at the same time. One that fails is reported and left out of what follows,
   * without stopping the others; when none is left, or the reference is not, the story is over.
   */
  async forEach(
    step: string, title: string, seats: readonly Seat[], act: (seat: Seat) => Promise<void>,
  ): Promise<void> {
    this.step = step
    this.#board.phase(title)
    const taking = seats.filter(({ report }) => !report.failure)
    await Promise.all(taking.map((seat) => this.#attempt(step, seat, act)))
    if (this.seats[0]?.report.failure) throw new Error('nothing can go on without the reference computer')
  }

  /** `what` is waited for, in words; they may depend on how far it has come when the time is up. */
  wait<T>(what: string | (() => string), promise: Promise<T>, timeout: number): Promise<T> {
    return within(promise, { what, timeout, signal: this.#signal })
  }

  /** Adds a start of a computer to its report. Times in milliseconds since the epoch. */
  noteBoot({ machine, report }: Seat, into: BootReport['into'], from: number, to: number): void {
    const events = this.watch.bootEvents.filter(({ mac }) => mac === report.mac)
    report.boots.push(bootReport({ into, from, to, events, lines: machine.serial.lines }))
  }

  async #attempt(step: string, seat: Seat, act: (seat: Seat) => Promise<void>): Promise<void> {
    const { name } = seat.report
    const start = performance.now()
    this.#board.update({ name, text: `${step} …` })
    try {
      await act(seat)
      this.#board.update({ name, text: `${step}: ${((performance.now() - start) / 1000).toFixed(1)} s` })
    } catch (error) {
      if (this.#signal.aborted || isAbort(error)) throw error
      const message = error instanceof Error ? error.message : String(error)
      seat.report.failure = { step, message, serial: seat.machine.serial.tail(SERIAL_TAIL) }
      this.#board.update({ name, text: `${step} FAILED: ${message}` })
    }
  }

  #showProgress({ computerName, kind, progress, state }: OperationView): void {
    if (state === 'running') this.#board.update({ name: computerName, text: kind, progress })
  }
}
