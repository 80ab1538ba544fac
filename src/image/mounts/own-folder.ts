import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { isRunning } from '../run/processes.ts'

/** Makes a private folder, `PREFIXPROCESS-RANDOM`: its name tells whose it is, also when that process was killed. */
export function makeOwnFolder(prefix: string): Promise<string> {
  return mkdtemp(join(tmpdir(), `${prefix}${process.pid}-`))
}

/** Whether a path is that of such a folder whose process is gone. */
export async function isAbandoned(path: string, prefix: string): Promise<boolean> {
  const owner = basename(path).startsWith(prefix) ? /^(\d+)-/.exec(basename(path).slice(prefix.length))?.[1] : undefined
  return owner !== undefined && dirname(path) === tmpdir() && !await isRunning(Number(owner))
}
