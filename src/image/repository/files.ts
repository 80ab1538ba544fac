import { randomUUID } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { DraftFile, FileSystem } from './file-system.ts'

/** Changes files of a repository so that each change is there, whole and on the medium, or has not happened. */
export class DurableFiles {
  readonly #system: FileSystem
  readonly #root: string
  readonly #temporary: string
  /** Folders that power failing does not take away. */
  readonly #durable = new Set<string>()

  /** @param root of the repository; drafts are in its folder `tmp` */
  constructor(system: FileSystem, root: string) {
    this.#system = system
    this.#root = root
    this.#temporary = join(root, 'tmp')
  }

  /** Makes the root itself, whose place nobody else answers for. */
  async makeRoot(): Promise<void> {
    const made = await this.#system.makeFolder(this.#root)
    if (made === undefined) return
    for (let folder = this.#root; folder !== dirname(made); folder = dirname(folder)) await this.#system.syncFolder(dirname(folder))
  }

  /**
   * Publishes a file, in the place of what has its name: temporary file, fsync, rename, fsync of the folder.
   * @param write fills the file; whatever it throws, nothing stays behind
   */
  async publish(path: string, write: (file: DraftFile) => Promise<void>): Promise<void> {
    const draft = join(this.#temporary, randomUUID())
    try {
      await this.makeFolder(this.#temporary)
      await this.#fill(draft, write)
      await this.makeFolder(dirname(path))
      await this.#system.rename(draft, path)
      await this.#system.syncFolder(dirname(path))
    } catch (cause) {
      await this.#system.remove(draft).catch(() => undefined)
      throw fileError(path, cause)
    }
  }

  /** As `publish`, for a short text. */
  async publishText(path: string, text: string): Promise<void> {
    await this.publish(path, (file) => file.append(Buffer.from(text)))
  }

  /**
   * As `publishText`, for a name that nobody may have: its place is claimed first, which power that fails leaves behind.
   * @returns whether the name was free
   */
  async publishNew(path: string, text: string): Promise<boolean> {
    if (!(await this.claim(path))) return false
    try {
      await this.publishText(path, text)
      return true
    } catch (cause) {
      await this.#system.remove(path).catch(() => undefined)
      throw cause
    }
  }

  /** Makes an empty file, which also a full disk has room for. @returns whether the name was free */
  async claim(path: string): Promise<boolean> {
    try {
      await this.makeFolder(dirname(path))
      await (await this.#system.create(path)).close()
      await this.#system.syncFolder(dirname(path))
      return true
    } catch (cause) {
      if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
      throw fileError(path, cause)
    }
  }

  /** Takes files away; they do not come back once it returns. */
  async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      await this.#system.remove(path).catch((cause: unknown) => {
        throw fileError(path, cause)
      })
    }
    for (const folder of new Set(paths.map((path) => dirname(path)))) await this.#syncIfThere(folder)
  }

  /**
   * Makes a folder of the repository and what leads to it, all of it there for good once it returns: also what another
   * process has made and perhaps not flushed.
   */
  async makeFolder(path: string): Promise<void> {
    if (this.#durable.has(path) || path === this.#root) return
    await this.#system.makeFolder(path)
    await this.makeFolder(dirname(path))
    await this.#system.syncFolder(dirname(path))
    this.#durable.add(path)
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

  async #syncIfThere(folder: string): Promise<void> {
    await this.#system.syncFolder(folder).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw fileError(folder, cause)
    })
  }
}

/** What went wrong with a file, as a person has to be told. */
export function fileError(path: string, cause: unknown): unknown {
  if (!(cause instanceof Error) || !('code' in cause) || cause instanceof ClonaulaError) return cause
  const params = { path }
  switch (cause.code) {
    case 'ENOENT': return new ClonaulaError('notFound', `${path} is not there`, params, { cause })
    // EFBIG: larger than its filesystem takes, such as 4 GiB on FAT.
    case 'ENOSPC': case 'EDQUOT': case 'EFBIG': return new ClonaulaError('noSpace', cause.message, params, { cause })
    case 'EACCES': case 'EPERM': case 'EROFS': return new ClonaulaError('noWriteAccess', cause.message, params, { cause })
    case 'EIO': return new ClonaulaError('diskError', cause.message, params, { cause })
    default: return cause
  }
}

/** Writes all of some bytes at a place of a file: one write may take less. */
export async function writeAll(file: FileHandle, bytes: Uint8Array, offset: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten
  }
}
