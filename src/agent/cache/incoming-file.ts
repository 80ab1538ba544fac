import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

/** What stat(2) counts in, whatever the filesystem does. */
const STAT_BLOCK = 512

export interface IncomingFile {
  file: FileHandle
  /** Bytes of the pack that an earlier transfer left: its beginning, without gaps. */
  at: number
}

/**
 * Opens a file that is to become a pack of so many bytes. What is longer than that is nothing to go on with, nor is one with gaps:
 * a swarm brought some of it, in no order.
 */
export async function openIncoming(path: string, size: number): Promise<IncomingFile> {
  const file = await open(path, constants.O_RDWR | constants.O_CREAT)
  const { size: at, blocks } = await file.stat()
  if (at <= size && blocks * STAT_BLOCK >= at) return { file, at }
  await file.truncate(0)
  return { file, at: 0 }
}
