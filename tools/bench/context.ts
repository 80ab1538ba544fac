import { mkdir, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/run/run.ts'

export interface BenchContext {
  signal: AbortSignal
  /** How often each time is taken; the table shows medians. */
  runs: number
  /** A folder for what a benchmark writes; emptied by `fresh`. */
  work: string
  log: (text: string) => void
}

/** An empty folder below the working folder. */
export async function fresh({ work }: BenchContext, name: string): Promise<string> {
  const folder = join(work, name)
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  return folder
}

/** Bytes of all files below a folder. */
export async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const sizes = await Promise.all(entries.filter((entry) => entry.isFile()).map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size))
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** Has a file in the page cache, for whoever comes first as well. */
export async function warm(file: string): Promise<void> {
  await runCommand(['dd', `if=${file}`, 'of=/dev/null', 'bs=4M', 'status=none'])
}

/** Nothing that an earlier run left to be written may slow this one down. */
export async function settle(): Promise<void> {
  await runCommand(['sync'])
}
