import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Links that are followed on the way to one path (Linux: 40). */
const MAX_LINKS = 40

export interface InsideOptions {
  /** Whether a link at the very end is followed too. */
  followLast: boolean
  /** Whether what is missing is taken as it is named, because it is going to be made. */
  make?: boolean
  /** Names that differ in case only are the same, as Windows sees them. */
  ignoreCase?: boolean
}

/**
 * Where a path leads within a mounted filesystem, seen from its own root: `..` ends there, and absolute links start there,
 * so that no path and no link of an image leads out of it.
 * Paths are looked up one at a time: this process may be the one that answers the reads.
 * @throws `notFound` something on the way is missing or no folder · `invalidRequest` links without end, or a NUL
 */
export async function inside(root: string, path: string, options: InsideOptions): Promise<string> {
  if (path.includes('\0')) throw new ClonaulaError('invalidRequest', 'a NUL in a path', { problem: path })
  const names: string[] = []
  const left = path.split('/')
  let links = 0
  for (let name = left.shift(); name !== undefined; name = left.shift()) {
    if (name === '' || name === '.') continue
    if (name === '..') {
      names.pop()
      continue
    }
    const isLast = left.every((rest) => rest === '' || rest === '.')
    const found = await entry(join(root, ...names), name, options.ignoreCase ?? false)
    if (!found) {
      if (!options.make) throw missing([...names, name])
      names.push(name)
      continue
    }
    if (found.isLink && (options.followLast || !isLast)) {
      links += 1
      if (links > MAX_LINKS) throw new ClonaulaError('invalidRequest', `${path}: too many links`, { problem: path })
      const target = await readlink(join(root, ...names, found.name))
      if (target.startsWith('/')) names.length = 0
      left.unshift(...target.split('/'))
      continue
    }
    if (!isLast && !found.isFolder) throw missing([...names, name])
    names.push(found.name)
  }
  return join(root, ...names)
}

async function entry(folder: string, name: string, ignoreCase: boolean): Promise<{ name: string; isLink: boolean; isFolder: boolean } | undefined> {
  const exact = await facts(folder, name)
  if (exact || !ignoreCase) return exact
  const same = (await readdir(folder)).find((each) => each.toLowerCase() === name.toLowerCase())
  return same === undefined ? undefined : facts(folder, same)
}

async function facts(folder: string, name: string) {
  try {
    const found = await lstat(join(folder, name))
    return { name, isLink: found.isSymbolicLink(), isFolder: found.isDirectory() }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'ENAMETOOLONG')) return undefined
    throw cause
  }
}

function missing(names: readonly string[]): ClonaulaError {
  const what = `/${names.join('/')}`
  return new ClonaulaError('notFound', `${what} is not in the image`, { what })
}
