import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'

/**
 * Writes a file so that it is either there, whole and on the medium, or not there at all: temporary file, fsync, rename,
 * fsync of the folder.
 * @param temporary folder on the same filesystem
 * @param write fills the file; whatever it throws, nothing stays behind
 */
export async function publishFile(
  temporary: string, path: string, write: (file: FileHandle) => Promise<void>,
): Promise<void> {
  const draft = join(temporary, randomUUID())
  try {
    const file = await open(draft, 'wx+')
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    const made = await mkdir(dirname(path), { recursive: true })
    if (made !== undefined) await syncFolder(dirname(made))
    await rename(draft, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    await rm(draft, { force: true })
    throw fileError(path, cause)
  }
}

/** Makes a rename durable. Windows has no such thing: NTFS journals its folders. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
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
