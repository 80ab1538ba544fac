import type { CallOptions } from '../store.ts'

export interface RunOptions extends CallOptions {
  /** Milliseconds; then the process gets SIGTERM, and SIGKILL a little later. */
  timeout?: number
  /** Bytes for its standard input; without it the input is empty. */
  stdin?: Uint8Array | string
  /** Exit codes that are an answer and not a failure; 0 alone by default. */
  accept?: readonly number[]
  /** Added to the cleaned environment (PATH, LC_ALL=C). */
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** Bytes of stdout, and of stderr, that are kept; more than that is a failure (stdout) or is cut (stderr). */
  limit?: number
  /** Each line of stdout or stderr as it comes (also lines that end with a carriage return, as progress meters do). */
  onLine?: (line: string, from: 'stdout' | 'stderr') => void
}

export interface RunResult {
  code: number
  stdout: string
  stderr: string
}

export type Run = (argv: readonly [string, ...string[]], options?: RunOptions) => Promise<RunResult>
