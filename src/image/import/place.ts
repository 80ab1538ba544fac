import { basename } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Adds the file to what is found wrong with it. */
export async function withPlace<T>(files: readonly string[], work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    const [file] = files
    if (!(cause instanceof ClonaulaError) || file === undefined || 'file' in cause.params) throw cause
    if (cause.result !== 'corruptImage' && cause.result !== 'image') throw cause
    const name = basename(file)
    throw new ClonaulaError(cause.result, `${name}: ${cause.message}`, {
      ...cause.params, file: name, ...(cause.result === 'corruptImage' ? { place: `${name}: ${cause.message}` } : {}),
    }, { cause })
  }
}
