import type { FileSystem } from '../file-system.ts'
import { unflushed } from './unflushed.ts'

/**
 * A disk that fills up: after so many calls that need room, every further one fails. What is appended then is written
 * by half, as it may happen.
 */
export class FullDisk implements FileSystem {
  #left: number
  readonly #createsEmpty: boolean

  /** @param createsEmpty whether it has room for files without content to the end, as most have */
  constructor(calls: number, createsEmpty: boolean) {
    this.#left = calls
    this.#createsEmpty = createsEmpty
  }

  async create(path: string): ReturnType<FileSystem['create']> {
    if (!this.#createsEmpty) this.#take()
    const file = await unflushed.create(path)
    return {
      ...file,
      append: async (bytes) => {
        const full = this.#left <= 0
        await file.append(full ? bytes.subarray(0, bytes.length >> 1) : bytes)
        this.#take()
      },
    }
  }

  async makeFolder(path: string): Promise<string | undefined> {
    this.#take()
    return unflushed.makeFolder(path)
  }

  async rename(from: string, to: string): Promise<void> {
    await unflushed.rename(from, to)
  }

  async remove(path: string): Promise<void> {
    await unflushed.remove(path)
  }

  async syncFolder(path: string): Promise<void> {
    await unflushed.syncFolder(path)
  }

  #take(): void {
    if (this.#left-- > 0) return
    throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
}
