import { open } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { PackTail } from '../store.ts'
import { fileError } from './files.ts'

/** What a file that is being read and one that is being written have in common. */
export interface Readable {
  size(): Promise<number>
  /** Fills `into` from `offset`. @returns bytes read; 0 at the end */
  read(into: Uint8Array, offset: number): Promise<number>
}

/** Opens a file of a repository for as long as the work with it takes. @throws ClonaulaError */
export async function reading<T>(path: string, work: (file: Readable) => Promise<T>): Promise<T> {
  try {
    await using file = await open(path)
    return await work({
      size: async () => (await file.stat()).size,
      read: async (into, offset) => (await file.read(into, 0, into.length, offset)).bytesRead,
    })
  } catch (cause) {
    throw fileError(path, cause)
  }
}

/** The last `length` bytes, or all of it. */
export async function readTail(file: Readable, length: number): Promise<PackTail> {
  const size = await file.size()
  const bytes = await readRange(file, size - Math.min(size, length), Math.min(size, length))
  return { size, bytes }
}

/** @throws `corruptImage` when the file ends before the range does */
export async function readRange(file: Readable, offset: number, length: number): Promise<Uint8Array> {
  return readInto(file, offset, Buffer.allocUnsafe(length))
}

/** As `readRange`, into bytes that there are already. */
export async function readInto(file: Readable, offset: number, bytes: Uint8Array): Promise<Uint8Array> {
  for (let done = 0; done < bytes.length; ) {
    const got = await file.read(bytes.subarray(done), offset + done)
    if (got === 0) throw new ClonaulaError('corruptImage', 'a file of the repository ends too early')
    done += got
  }
  return bytes
}
