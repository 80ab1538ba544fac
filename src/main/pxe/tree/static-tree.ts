import { constants } from 'node:fs'
import { lstat, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { normaliseBootPath } from '../boot-path.ts'
import type { BootFile, BootTree } from './boot-tree.ts'

export interface StaticFile {
  /** Path that clients ask for. */
  path: string
  /** Where it lies under the root; the same path unless said. */
  source?: string
  sha256?: string
}

/**
 * Files of one folder, by a fixed list: what is not listed does not exist, so no path can lead out. A
 * listed file that is (or lies behind) a symbolic link is not served either.
 */
export class StaticTree implements BootTree {
  readonly #root: string
  readonly #files: ReadonlyMap<string, StaticFile>

  /** @throws RangeError for a listed path that could lead out of the folder */
  constructor(root: string, files: readonly StaticFile[]) {
    const unfit = files.flatMap(({ path, source = path }) => [path, source]).find((path) => normaliseBootPath(path) !== path)
    if (unfit !== undefined) throw new RangeError(`not a path inside a folder: ${JSON.stringify(unfit)}`)
    this.#root = root
    this.#files = new Map(files.map((file) => [file.path, file]))
  }

  async open(path: string): Promise<BootFile | undefined> {
    const listed = this.#files.get(path)
    if (listed === undefined) return undefined
    const location = join(this.#root, listed.source ?? listed.path)
    const size = await regularFileSize(this.#root, location, listed.source ?? listed.path)
    if (size === undefined) return undefined
    return {
      size,
      cacheable: true,
      read: (start, end) => readRange(location, start, end),
      ...(listed.sha256 !== undefined && { sha256: listed.sha256 }),
    }
  }
}

/** Undefined for anything but a regular file that really lies where its path says. */
async function regularFileSize(root: string, location: string, relative: string): Promise<number | undefined> {
  try {
    const stats = await lstat(location)
    const inPlace = (await realpath(location)) === join(await realpath(root), relative)
    return stats.isFile() && inPlace ? stats.size : undefined
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return undefined
    throw error
  }
}

/** O_NOFOLLOW (absent on Windows) closes the gap between the check and the read. */
const READ_IN_PLACE = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)

function readRange(location: string, start: number, end: number): Readable {
  return Readable.from(start === end ? [] : chunks(location, start, end), { objectMode: false })
}

async function* chunks(location: string, start: number, end: number): AsyncGenerator<Buffer> {
  const handle = await open(location, READ_IN_PLACE)
  try {
    yield* handle.createReadStream({ start, end: end - 1, autoClose: false })
  } finally {
    await handle.close()
  }
}
