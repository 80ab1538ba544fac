import { open, type FileHandle } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { CallOptions } from '../../store.ts'

/** The page with a swap area's signature in its last ten bytes (mkswap, page size of x86). */
const HEADER = 4096
const SIGNATURE = 10
const STEP = 1024 * 1024
const ZEROS = Buffer.alloc(STEP)

/**
 * Overwrites what was swapped out with zeros, which take no room in an image: nobody's open documents or passwords belong into it.
 * The file keeps its blocks and its header, because swapon wants a file without holes.
 * @throws `hibernated` the memory of a hibernated Linux is in it (its filesystems are then as good as in use)
 */
export async function emptySwapFile(path: string, { signal }: CallOptions): Promise<void> {
  await using file = await open(path, 'r+')
  const header = await readUpTo(file, 0, HEADER)
  const signature = header.subarray(-SIGNATURE).toString('latin1')
  if (signature.startsWith('S1SUSPEND')) {
    throw new ClonaulaError('hibernated', `${path} holds a hibernated Linux`, { target: path })
  }
  if (signature !== 'SWAPSPACE2') return
  for (let at = HEADER; ; at += STEP) {
    signal?.throwIfAborted()
    const bytes = await readUpTo(file, at, STEP)
    if (bytes.length === 0) return
    const zeros = ZEROS.subarray(0, bytes.length)
    if (!bytes.equals(zeros)) await file.write(zeros, 0, zeros.length, at)
  }
}

async function readUpTo(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(length), 0, length, offset)
  return buffer.subarray(0, bytesRead)
}
