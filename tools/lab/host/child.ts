import { spawn, type ChildProcess } from 'node:child_process'

export interface LabChild {
  process: ChildProcess
  /** When it has ended, in words: `exit code 1`, `SIGKILL`. Never rejects. */
  ended: Promise<string>
}

/**
 * The command line that runs a program in a network namespace. Not `ip netns exec`, which takes a copy of every mount
 * along (and so keeps others' filesystems busy) and fails where `/` is no mount point (a chroot).
 */
export function inNamespace(namespace: string, argv: readonly string[]): readonly [string, ...string[]] {
  return ['nsenter', `--net=/run/netns/${namespace}`, ...argv]
}

/**
 * Starts a program in a network namespace. It dies with the lab, whatever ends that (the kernel kills it), and a
 * Ctrl-C of the terminal reaches the lab alone, which then ends it in order. Its output is to be read by the caller.
 */
export function startInNamespace(namespace: string, argv: readonly string[]): LabChild {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...inNamespace(namespace, argv)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  })
  const ended = new Promise<string>((resolve) => {
    child.on('error', (error) => resolve(error.message))
    child.on('close', (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  return { process: child, ended }
}

/** SIGTERM, and SIGKILL when it takes no notice for `patience` milliseconds; resolves when it is gone. */
export async function endChild({ process: child, ended }: LabChild, patience = 5000): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), patience)
  await ended
  clearTimeout(timer)
}
