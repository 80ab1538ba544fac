import { readFile } from 'node:fs/promises'

/**
 * Whether a process is there and can still do something. One that was killed and that its parent has not asked about yet (a zombie)
 * keeps its number, and holds nothing any more.
 */
export async function isRunning(pid: number): Promise<boolean> {
  const { state } = await statOf(pid)
  if (state !== '') return state !== 'Z' && state !== 'X'
  try {
    process.kill(pid, 0)
    return true
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM' // it is there, and somebody else's
  }
}

/** When a process started, in the system's own count: with its number it names the process. Empty where the system does not say. */
export async function startOf(pid: number): Promise<string> {
  return (await statOf(pid)).started
}

/** Fields 3 and 22 of proc_pid_stat(5), counted after the name, which may hold anything; empty where there is no such file. */
async function statOf(pid: number): Promise<{ state: string; started: string }> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = text.slice(text.lastIndexOf(')') + 2).trim().split(' ')
  return { state: fields[0] ?? '', started: fields[19] ?? '' }
}
