import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises'

/** A file that is being written, and may be read back before it is anything to anybody. */
export interface DraftFile {
  /** Adds to its end. */
  append(bytes: Uint8Array): Promise<void>
  /** Fills `into` from `offset`. @returns bytes read; 0 at the end */
  read(into: Uint8Array, offset: number): Promise<number>
  size(): Promise<number>
  /** Returns when the bytes are on the medium. */
  sync(): Promise<void>
  close(): Promise<void>
}

/**
 * The calls by which a repository changes its folder, and no others: so that a test can lose power between any two of
 * them, or run out of space in one. They throw what `node:fs` throws.
 */
export interface FileSystem {
  /** Makes a file that is not there yet. @throws EEXIST */
  create(path: string): Promise<DraftFile>
  /** Makes a folder and what leads to it. @returns the first one that was not there */
  makeFolder(path: string): Promise<string | undefined>
  /** Takes the place of what is at `to`. */
  rename(from: string, to: string): Promise<void>
  /** Nothing happens where there is none. */
  remove(path: string): Promise<void>
  /** Returns when the folder's names are on the medium. */
  syncFolder(path: string): Promise<void>
}

/** In one call as a rule: `writeFile` makes one for every 512 KiB, and waits for the event loop between them. */
async function appendAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten
}

export const nodeFileSystem: FileSystem = {
  async create(path) {
    const file = await open(path, 'wx+')
    return {
      append: (bytes) => appendAll(file, bytes),
      read: async (into, offset) => (await file.read(into, 0, into.length, offset)).bytesRead,
      size: async () => (await file.stat()).size,
      sync: () => file.sync(),
      close: () => file.close(),
    }
  },
  makeFolder: (path) => mkdir(path, { recursive: true }),
  rename,
  remove: (path) => rm(path, { force: true }),
  /** Windows has no such thing: NTFS journals its folders. */
  async syncFolder(path) {
    if (process.platform === 'win32') return
    await using folder = await open(path)
    await folder.sync()
  },
}
