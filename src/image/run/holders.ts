import { readdir, readlink } from 'node:fs/promises'

/** Processes other than this one that have one of some files open, as far as this one may see: root sees all. */
export async function holdersOf(paths: readonly string[]): Promise<number[]> {
  const holders: number[] = []
  for (const pid of (await readdir('/proc')).map(Number).filter((number) => number > 0 && number !== process.pid)) {
    if (await hasOpen(pid, paths)) holders.push(pid)
  }
  return holders
}

/** proc_pid_fd(5). Processes come and go while they are looked at. */
async function hasOpen(pid: number, paths: readonly string[]): Promise<boolean> {
  const folder = `/proc/${pid}/fd`
  for (const name of await readdir(folder).catch(() => [])) {
    if (paths.includes(await readlink(`${folder}/${name}`).catch(() => ''))) return true
  }
  return false
}
