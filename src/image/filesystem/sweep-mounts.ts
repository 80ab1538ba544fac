import { mkdtemp, readFile, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isRunning } from '../run/processes.ts'
import { runCommand } from '../run/run.ts'

/** `clonaula-mount-PROCESS-RANDOM`: the process tells whether a mount was left behind by one that was killed. */
const PREFIX = 'clonaula-mount-'
/** Tries to unmount, the first ones 100 ms apart: an indexer may hold a file for a moment. */
const ATTEMPTS = 10

/** A private folder for a mount of this process. */
export function mountFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
}

/**
 * Unmounts what processes that were killed had mounted: a source would seem to be in use for ever. One in which a tool of theirs is
 * still at work stays.
 */
export async function sweepMounts(): Promise<void> {
  const mounts = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => line.split(' ')[1] ?? '')
  for (const place of mounts) {
    if (!await isAbandoned(place)) continue
    if ((await runCommand(['umount', place], { accept: [0, 1, 32] })).code === 0) await rmdir(place)
  }
}

async function isAbandoned(place: string): Promise<boolean> {
  const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(basename(place))?.[1]
  return owner !== undefined && dirname(place) === tmpdir() && !await isRunning(Number(owner))
}

/** @throws what `umount` says when it goes on failing */
export async function unmount(folder: string): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    if ((await runCommand(['umount', folder], { accept: [0, 1, 32] })).code === 0) return
    await sleep(100)
  }
  await runCommand(['umount', folder])
}
