import { spawn } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  /** The whole environment of the program; this process's own when absent. */
  env?: NodeJS.ProcessEnv
}

/** A build program that could not be started or that ended badly; the message carries the end of what it said. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

/**
 * Runs a program by argv (no shell) and resolves to its standard output.
 * Throws CommandError when it is missing, is killed or exits with anything but 0.
 */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    const output: Buffer[] = []
    const complaints: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk))
    child.on('error', (error: NodeJS.ErrnoException) => {
      const hint = error.code === 'ENOENT' ? ': not installed (tools/live/requirements.json lists what the build needs)' : ''
      reject(new CommandError(`${program}${hint || `: ${error.message}`}`, { cause: error }))
    })
    child.on('close', (code, signal) => {
      if (code === 0) return resolve(Buffer.concat(output).toString())
      const tail = Buffer.concat(complaints).toString().trim().split('\n').slice(-8).join('\n')
      reject(new CommandError(`${program} ${args.slice(0, 6).join(' ')}: ${signal ?? `exit code ${code}`}\n${tail}`))
    })
  })
}
