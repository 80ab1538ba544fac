import { lstat, readdir, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { CallOptions } from '../../store.ts'

/**
 * Real folders inside of `root` at a path of names. A name may differ in case, as on Windows, and `*` is any. Symbolic links, and
 * the junctions that look like them, are never followed: they lead to other places, maybe to this computer's own.
 */
export async function foldersAt(root: string, path: readonly string[]): Promise<string[]> {
  let found = [root]
  for (const name of path) {
    const inside = await Promise.all(found.map(async (folder) => (await entries(folder, name)).map((entry) => join(folder, entry))))
    found = await keep(inside.flat(), 'isDirectory')
  }
  return found
}

/** Plain files in a folder that have one of these names, in any case. */
export async function filesNamed(folder: string, names: readonly string[]): Promise<string[]> {
  const inside = await Promise.all(names.map(async (name) => entries(folder, name)))
  return keep(inside.flat().map((name) => join(folder, name)), 'isFile')
}

/** Removes all that a folder holds; the folder stays, with its owner and mode. @returns how many files that were */
export async function emptyFolder(folder: string, { signal }: CallOptions): Promise<number> {
  let files = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    signal?.throwIfAborted()
    const path = join(folder, entry.name)
    if (entry.isDirectory()) {
      files += await emptyFolder(path, { signal })
      await rmdir(path)
    } else {
      await unlink(path)
      files++
    }
  }
  return files
}

async function entries(folder: string, wanted: string): Promise<string[]> {
  const names = await readdir(folder)
  return wanted === '*' ? names : names.filter((name) => name.toLowerCase() === wanted.toLowerCase())
}

async function keep(paths: readonly string[], kind: 'isDirectory' | 'isFile'): Promise<string[]> {
  const facts = await Promise.all(paths.map((path) => lstat(path)))
  return paths.filter((_, at) => facts[at]?.[kind]())
}
