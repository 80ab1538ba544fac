import { createHash } from 'node:crypto'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { checkPackHead, packHead } from '#shared/formats/pack.ts'
import { readPackEnd } from '../pack-reader.ts'
import { readInto, reading, readRange, readTail, type Readable } from '../repository/readable.ts'
import { verifyPack } from '../repository/verify-pack.ts'
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
    checkPackHead(await readRange(file, 0, packHead.length))
    const { blobs } = await readPackEnd({ packTail: (_, length) => readTail(file, length) }, id)
    const buffer = Buffer.allocUnsafeSlow(blobs.reduce((most, { stored }) => Math.max(most, stored), 0))
    await verifyPack(id, blobs, (offset, length) => readInto(file, offset, buffer.subarray(0, length)), options)
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
  if (hash.digest('hex') !== id) throw new ClonaulaError('corruptImage', `pack ${id}: these are not its bytes`, { pack: id })
}
