/** What the console shows, kept up to date by its events, and waited for. */
import type { Client } from '#shared/contract/rpc.ts'
import type { ComputerView, OperationView, PendingView } from '#shared/contract/views.ts'
import type { BootEvent, BootPhase } from '#shared/domain/computer.ts'
import { isFinished } from '#shared/domain/operation.ts'

export class ConsoleWatch {
  readonly bootEvents: BootEvent[] = []
  readonly #pending = new Map<string, PendingView>()
  readonly #computers = new Map<number, ComputerView>()
  readonly #operations = new Map<number, OperationView>()
  readonly #waiting = new Set<() => void>()
  readonly #client: Client

  constructor(client: Client, onOperation: (operation: OperationView) => void) {
    this.#client = client
    client.on('boot.event', (event) => {
      this.bootEvents.push(event)
      this.#changed()
    })
    client.on('pending.changed', (list) => {
      for (const view of list) this.#pending.set(view.mac, view)
      this.#changed()
    })
    client.on('computer.changed', (view) => {
      this.#computers.set(view.id, view)
      this.#changed()
    })
    client.on('operation.changed', (view) => {
      onOperation(view)
      this.#learn(view)
    })
  }

  /** An unknown computer whose agent has come up. */
  pending(mac: string): Promise<PendingView> {
    return this.#until(() => {
      const view = this.#pending.get(mac)
      return view?.hardware ? view : undefined
    })
  }

  /** A step of a computer's start, from `since` on (milliseconds since the epoch). */
  bootStep(mac: string, phase: BootPhase, since: number): Promise<BootEvent> {
    const wanted = (event: BootEvent): boolean => event.mac === mac && event.phase === phase && event.at >= since
    return this.#until(() => this.bootEvents.find(wanted))
  }

  /** How far a computer has come. */
  lastBootStep(mac: string): BootEvent | undefined {
    return this.bootEvents.findLast((event) => event.mac === mac)
  }

  /** A computer that waits for commands. */
  async waiting(computer: ComputerView): Promise<ComputerView> {
    if (computer.state === 'waiting') return computer
    return this.#until(() => {
      const view = this.#computers.get(computer.id)
      return view?.state === 'waiting' ? view : undefined
    })
  }

  async finished(operation: OperationView): Promise<OperationView> {
    // It may have ended before its first event came.
    this.#learn(await this.#client.call('operations.get', { id: operation.id }))
    return this.#until(() => {
      const view = this.#operations.get(operation.id)
      return view && isFinished(view.state) ? view : undefined
    })
  }

  #learn(view: OperationView): void {
    // An answer that was under way while an event came is the older of the two.
    const known = this.#operations.get(view.id)
    if (!known || !isFinished(known.state)) this.#operations.set(view.id, view)
    this.#changed()
  }

  #until<T>(read: () => T | undefined): Promise<T> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = read()
        if (found === undefined) return
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  #changed(): void {
    for (const look of this.#waiting) look()
  }
}
