import { lstat, readFile, realpath, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

/**
 * A file of the restored system, or `undefined` when it is not to be touched: missing folder, something other than a regular
 * file, or a path that leads out of the system by a symbolic link (into the live one, where it would be ours).
 */
async function locate(root: string, path: string): Promise<string | undefined> {
  const base = await realpath(root)
  const folder = await realpath(join(base, dirname(path))).catch(() => undefined)
  if (folder === undefined || !`${folder}/`.startsWith(`${base}/`)) return undefined
  const file = join(folder, basename(path))
  const facts = await lstat(file).catch(() => undefined)
  return facts === undefined || facts.isFile() ? file : undefined
}

/** Its text; `undefined` when there is none. */
export async function readInside(root: string, path: string): Promise<string | undefined> {
  const file = await locate(root, path)
  return file === undefined ? undefined : readFile(file, 'utf8').catch(() => undefined)
}

/** @returns False when it is not to be touched. */
export async function writeInside(root: string, path: string, text: string): Promise<boolean> {
  const file = await locate(root, path)
  if (file === undefined) return false
  await writeFile(file, text)
  return true
}

/** Whether there is a regular file of that name. */
export async function existsInside(root: string, path: string): Promise<boolean> {
  const file = await locate(root, path)
  return file !== undefined && lstat(file).then(() => true, () => false)
}
