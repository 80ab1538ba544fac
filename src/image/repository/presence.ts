import { RepositoryLock, type LockKind } from './lock.ts'

/** The lock of a repository as one process uses it: taken by the first who needs it, shared by all, kept until `leave`. */
export class Presence {
  readonly #folder: string
  readonly #prepare: (kind: LockKind) => Promise<void>
  #lock: Promise<RepositoryLock> | undefined
  readonly #working = new Set<Promise<unknown>>()

  /**
   * @param folder of the locks
   * @param prepare what is done once, when the lock has been taken
   */
  constructor(folder: string, prepare: (kind: LockKind) => Promise<void>) {
    this.#folder = folder
    this.#prepare = prepare
  }

  /** Whether somebody is at work under the lock. */
  get busy(): boolean {
    return this.#working.size > 0
  }

  /** Runs what must not have anything taken away from it. @throws `locked` */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const working = this.enter('shared').then(work)
    this.#working.add(working)
    try {
      return await working
    } finally {
      this.#working.delete(working)
    }
  }

  /** Takes the lock, unless it is held. @throws `locked` */
  async enter(kind: LockKind): Promise<void> {
    this.#lock ??= this.#take(kind)
    try {
      await this.#lock
    } catch (cause) {
      this.#lock = undefined
      throw cause
    }
  }

  /** Gives the lock back when all who are at work under it have ended. */
  async leave(): Promise<void> {
    while (this.busy) await Promise.allSettled(this.#working)
    const lock = this.#lock
    this.#lock = undefined
    await (await lock)?.release()
  }

  async #take(kind: LockKind): Promise<RepositoryLock> {
    const lock = await RepositoryLock.take(this.#folder, kind)
    try {
      await this.#prepare(kind)
      return lock
    } catch (cause) {
      await lock.release()
      throw cause
    }
  }
}
