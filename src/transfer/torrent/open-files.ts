import { constants } from 'node:fs'
import { mkdir, open, type FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'

/** An image has hundreds of packs, or thousands. */
const MAX_OPEN = 128
/** Milliseconds without a use after which a file is closed: others are given what they lack for up to a day, and mostly lack nothing. */
const IDLE_AFTER = 30_000

interface OpenFile {
  handle: Promise<FileHandle>
  users: number
  /** Milliseconds. */
  usedAt: number
}

/**
 * Files that are read and written in any order, of which not too many are open at a time: those that were used last, and not long
 * ago.
 */
export class OpenFiles {
  /** In the order of their last use. */
  readonly #open = new Map<string, OpenFile>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #closing = new Set<Promise<void>>()
  #idleTimer: NodeJS.Timeout | undefined
  /** Who wants a file waits for it. */
  #gate: Promise<void> | undefined
  #isClosed = false

  /**
   * Opens for reading, or for writing: then the file and its folder are made when they are not there.
   * @throws AbortError when they are closed for good · what opening and `work` throw
   */
  async use<T>(path: string, mode: 'read' | 'write', work: (handle: FileHandle) => Promise<T>): Promise<T> {
    while (this.#gate) await this.#gate
    if (this.#isClosed) throw new DOMException('files are closed', 'AbortError')
    const running = this.#use(path, mode, work)
    this.#running.add(running)
    try {
      return await running
    } finally {
      this.#running.delete(running)
    }
  }

  /**
   * Closes all of them: the filesystem that they are on is to be unmounted for a while. Who wants one meanwhile waits.
   * @returns ends that
   */
  async pause(): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#gate = promise
    await this.#closeAll()
    return () => {
      this.#gate = undefined
      resolve()
    }
  }

  async #use<T>(path: string, mode: 'read' | 'write', work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const key = `${mode}:${path}`
    const file = this.#open.get(key) ?? { handle: opened(path, mode), users: 0, usedAt: 0 }
    this.#open.delete(key)
    this.#open.set(key, file)
    file.users += 1
    try {
      return await work(await file.handle)
    } catch (cause) {
      if (file.users === 1) this.#forget(key, file)
      throw cause
    } finally {
      file.users -= 1
      file.usedAt = performance.now()
      this.#closeOldest()
      this.#idleTimer ??= setTimeout(() => this.#closeIdle(), IDLE_AFTER)
    }
  }

  /** For good: a piece that is half written is not gone on with, which would open a file anew that nobody closes. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#closeAll()
  }

  async #closeAll(): Promise<void> {
    await Promise.allSettled(this.#running)
    clearTimeout(this.#idleTimer)
    this.#idleTimer = undefined
    for (const file of this.#open) this.#forget(...file)
    await Promise.all(this.#closing)
  }

  #closeIdle(): void {
    const before = performance.now() - IDLE_AFTER
    for (const [key, file] of this.#open) if (file.users === 0 && file.usedAt <= before) this.#forget(key, file)
    this.#idleTimer = this.#open.size === 0 ? undefined : setTimeout(() => this.#closeIdle(), IDLE_AFTER)
  }

  #closeOldest(): void {
    if (this.#open.size <= MAX_OPEN) return
    const oldest = [...this.#open].find(([, { users }]) => users === 0)
    if (oldest) this.#forget(...oldest)
  }

  #forget(key: string, { handle }: OpenFile): void {
    this.#open.delete(key)
    const closing = handle.then((opened) => opened.close()).catch(() => undefined)
    this.#closing.add(closing)
    void closing.then(() => this.#closing.delete(closing))
  }
}

async function opened(path: string, mode: 'read' | 'write'): Promise<FileHandle> {
  if (mode === 'read') return open(path, 'r')
  await mkdir(dirname(path), { recursive: true })
  return open(path, constants.O_RDWR | constants.O_CREAT)
}
