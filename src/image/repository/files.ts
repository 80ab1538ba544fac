import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { DraftFile, FileSystem } from './file-system.ts'

/** Changes files of a repository so that each change is there, whole and on the medium, or has not happened. */
export class DurableFiles {
  readonly #system: FileSystem
  readonly #temporary: string

  /** @param temporary folder on the same filesystem as all that is published */
  constructor(system: FileSystem, temporary: string) {
    this.#system = system
    this.#temporary = temporary
  }

  /**
   * Publishes a file, in the place of what has its name: temporary file, fsync, rename, fsync of the folder.
   * @param write fills the file; whatever it throws, nothing stays behind
   */
  async publish(path: string, write: (file: DraftFile) => Promise<void>): Promise<void> {
    const draft = join(this.#temporary, randomUUID())
    try {
      await this.#fill(draft, write)
      await this.#makeFolder(dirname(path))
      await this.#system.rename(draft, path)
      await this.#system.syncFolder(dirname(path))
    } catch (cause) {
      await this.#system.remove(draft)
      throw fileError(path, cause)
    }
  }

  /** As `publish`, for a short text. */
  async publishText(path: string, text: string): Promise<void> {
    await this.publish(path, (file) => file.append(Buffer.from(text)))
  }

  /**
   * As `publishText`, for a name that nobody may have: its place is taken by an empty file first, which power that
   * fails leaves behind and nobody reads.
   * @returns whether the name was free
   */
  async publishNew(path: string, text: string): Promise<boolean> {
    try {
      await this.#makeFolder(dirname(path))
      await (await this.#system.create(path)).close()
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
      throw fileError(path, cause)
    }
    try {
      await this.publishText(path, text)
      return true
    } catch (cause) {
      await this.#system.remove(path)
      throw cause
    }
  }

  async #fill(draft: string, write: (file: DraftFile) => Promise<void>): Promise<void> {
    const file = await this.#system.create(draft)
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
  }

  async #makeFolder(path: string): Promise<void> {
    const made = await this.#system.makeFolder(path)
    if (made !== undefined) await this.#system.syncFolder(dirname(made))
  }
}

/** What went wrong with a file of a repository, as a person has to be told. */
export function fileError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || cause instanceof ClonaulaError) return cause
  const params = { path }
  switch (cause.code) {
    case 'ENOENT': return new ClonaulaError('notFound', `${path} is not there`, params, { cause })
    case 'ENOSPC': case 'EDQUOT': return new ClonaulaError('noSpace', cause.message, params, { cause })
    case 'EACCES': case 'EPERM': case 'EROFS': return new ClonaulaError('noWriteAccess', cause.message, params, { cause })
    case 'EIO': return new ClonaulaError('diskError', cause.message, params, { cause })
    default: return cause
  }
}
