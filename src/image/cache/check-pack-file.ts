import { createHash } from 'node:crypto'
import { checkPackName, readPackFile, verifyPackFile } from '../repository/pack-file.ts'
import { reading, type Readable } from '../repository/readable.ts'
import type { CallOptions, PackId } from '../store.ts'

/** Bytes that are read at a time. */
const WINDOW = 4 * 1024 * 1024

/**
 * Reads a pack that came over a network, and compares its hash with its name and every chunk's with what the footer says.
 * @throws `corruptImage` with the pack · `notFound` · `diskError`
 */
export async function checkPackFile(path: string, id: PackId, options: CallOptions = {}): Promise<void> {
  await reading(path, async (file) => {
    await checkHash(file, id, options)
    await verifyPackFile(file, id, await readPackFile(file, id), options)
  })
}

/** As `checkPackFile`, for a pack whose chunks were right when it came: its own hash says whether they still are. */
export async function checkPackHash(path: string, id: PackId, options: CallOptions = {}): Promise<void> {
  await reading(path, (file) => checkHash(file, id, options))
}

async function checkHash(file: Readable, id: PackId, { signal }: CallOptions): Promise<void> {
  const hash = createHash('sha256')
  const buffer = Buffer.allocUnsafeSlow(WINDOW)
  for (let at = 0; ; ) {
    signal?.throwIfAborted()
    const got = await file.read(buffer, at)
    if (got === 0) break
    hash.update(buffer.subarray(0, got))
    at += got
  }
  checkPackName(id, hash.digest('hex'))
}
