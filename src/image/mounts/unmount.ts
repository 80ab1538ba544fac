import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from '../run/run.ts'

/** Milliseconds between two tries: an indexer may hold a file for a moment. */
const INTERVAL = 100

/**
 * Unmounts what nobody uses.
 * @returns what umount(8) said when it was tried for the last time; `undefined` when nothing is mounted there any more
 */
export async function unmount(place: string, attempts = 30): Promise<string | undefined> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await runCommand(['umount', place], { accept: [0, 1, 32] })
    if (code === 0 || /not mounted|no mount point/.test(stderr)) return undefined
    if (attempt === attempts) return stderr
    await sleep(INTERVAL)
  }
}

/** Unmounts in any case: who still uses it gets errors. */
export async function unmountAnyway(place: string): Promise<void> {
  if (await unmount(place) !== undefined) await runCommand(['umount', '--lazy', place])
}

/** Whether something is mounted there. */
export async function isMounted(place: string): Promise<boolean> {
  const { code } = await runCommand(['mountpoint', '--quiet', place], { accept: [0, 1, 32] })
  return code === 0
}
