import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { LineSplitter } from './lines.ts'

export type Argv = readonly [string, ...string[]]

export interface StreamOptions {
  signal?: AbortSignal | undefined
  /** Milliseconds; then the process and its children get SIGTERM, and SIGKILL two seconds later. */
  timeout?: number
  /** Exit codes that are an answer and not a failure; 0 alone by default. */
  accept?: readonly number[]
  /** Added to the cleaned environment (PATH, LC_ALL=C). */
  env?: Readonly<Record<string, string>>
  cwd?: string
  /** Each line of stderr (and of stdout, when it is captured) as it comes; a carriage return ends a line too. */
  onLine?: (line: string, from: 'stdout' | 'stderr') => void
}

export interface RunOptions extends StreamOptions {
  /** Bytes for its standard input; without it the input is empty. */
  stdin?: Uint8Array | string
  /** Bytes of stdout that may be captured; a command that prints more is stopped and fails. */
  limit?: number
}

export interface RunResult {
  code: number
  stdout: string
  /** Its last 16 KiB. */
  stderr: string
}

export interface RunningCommand {
  stdin: Writable
  stdout: Readable
  /** Settles when the process has ended and its output is closed; rejects as `runCommand` does. */
  done: Promise<Omit<RunResult, 'stdout'>>
}

const STDERR_KEPT = 16 * 1024
const STDOUT_LIMIT = 16 * 1024 * 1024
const KILL_AFTER = 2000

interface CommandEnd { code?: number; signal?: NodeJS.Signals | undefined }

/** A command that did not do what it was run for; `stderr` is the end of what it said. */
export class CommandError extends ClonaulaError {
  readonly argv: Argv
  /** Absent when a signal ended it, or when it never started. */
  readonly exitCode: number | undefined
  /** The one that ended it, when nobody here did. */
  readonly signal: NodeJS.Signals | undefined
  readonly stderr: string

  constructor(argv: Argv, problem: string, stderr: string, end: CommandEnd = {}, options?: ErrorOptions) {
    const tail = stderr.trim().slice(-2000)
    const result = options?.cause && isMissing(options.cause) ? 'notExecutable' : 'generic'
    super(result, `${argv[0]} ${problem}${tail ? `: ${tail}` : ''}`, { command: argv[0] }, options)
    this.argv = argv
    this.exitCode = end.code
    this.signal = end.signal
    this.stderr = stderr
  }
}

/**
 * Runs a command to its end.
 * @throws CommandError (`notExecutable` when there is no such program) · the signal's reason when aborted
 */
export async function runCommand(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  return onceMoreIfInterrupted(() => runOnce(argv, options))
}

/**
 * A terminal's Ctrl-C, or whatever else is sent to our process group, is not for commands: they are in sessions of their own. Between
 * fork and setsid(2) it reaches them all the same, and ends what is not the command yet and has done nothing; so it is started again.
 */
export async function onceMoreIfInterrupted<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    const wasInterrupted = cause instanceof CommandError && (cause.signal === 'SIGINT' || cause.signal === 'SIGTERM')
    if (!wasInterrupted || cause.stderr !== '') throw cause
    return run()
  }
}

async function runOnce(argv: Argv, options: RunOptions): Promise<RunResult> {
  const limit = options.limit ?? STDOUT_LIMIT
  const overflow = new AbortController()
  const signal = options.signal ? AbortSignal.any([options.signal, overflow.signal]) : overflow.signal
  const running = streamCommand(argv, { ...options, signal })

  const captured: Buffer[] = []
  let size = 0
  const lines = new LineSplitter((line) => options.onLine?.(line, 'stdout'))
  running.stdout.on('data', (data: Buffer) => {
    size += data.length
    if (size > limit) return overflow.abort(new CommandError(argv, `printed more than ${limit} bytes`, ''))
    captured.push(data)
    lines.push(data)
  })
  running.stdout.on('end', () => lines.end())
  // A command may end without reading its input: its exit code says whether that is a failure.
  running.stdin.on('error', () => undefined)
  running.stdin.end(options.stdin ?? '')
  const result = await running.done
  return { ...result, stdout: Buffer.concat(captured).toString('utf8') }
}

/**
 * Starts a command whose input and output are streams; the caller ends `stdin`, reads `stdout` to its
 * end, and awaits `done` before it believes any of it.
 */
export function streamCommand(argv: Argv, options: StreamOptions = {}): RunningCommand {
  options.signal?.throwIfAborted()
  const child = spawn(argv[0], argv.slice(1), {
    env: cleanEnvironment(options.env),
    cwd: options.cwd,
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, so that what the command started is ended with it.
    detached: true,
  })
  return { stdin: child.stdin, stdout: child.stdout, done: ended(child, argv, options) }
}

function ended(child: ChildProcess, argv: Argv, options: StreamOptions): Promise<Omit<RunResult, 'stdout'>> {
  let stderr = ''
  const lines = new LineSplitter((line) => options.onLine?.(line, 'stderr'))
  child.stderr?.on('data', (data: Buffer) => {
    stderr = (stderr + data.toString('utf8')).slice(-STDERR_KEPT)
    lines.push(data)
  })
  child.stderr?.on('end', () => lines.end())

  let stopped: 'abort' | 'timeout' | undefined
  const stop = (why: 'abort' | 'timeout') => {
    stopped ??= why
    endGroup(child)
  }
  const onAbort = () => stop('abort')
  options.signal?.addEventListener('abort', onAbort)
  const timer = options.timeout === undefined ? undefined : setTimeout(() => stop('timeout'), options.timeout)

  const { promise, resolve, reject } = Promise.withResolvers<Omit<RunResult, 'stdout'>>()
  child.on('error', (cause) => reject(new CommandError(argv, 'could not be started', '', {}, { cause })))
  child.on('close', (code, signal) => {
    if (stopped === 'abort') reject(options.signal?.reason)
    else if (stopped === 'timeout') reject(new CommandError(argv, `took more than ${options.timeout} ms`, stderr))
    else if (code === null) reject(new CommandError(argv, `was ended by ${signal}`, stderr, { signal: signal ?? undefined }))
    else if ((options.accept ?? [0]).includes(code)) resolve({ code, stderr })
    else reject(new CommandError(argv, `ended with ${code}`, stderr, { code }))
  })
  return promise.finally(() => {
    clearTimeout(timer)
    options.signal?.removeEventListener('abort', onAbort)
  })
}

function endGroup(child: ChildProcess): void {
  signalGroup(child, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER)
  child.once('close', () => clearTimeout(timer))
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    child.kill(signal) // no groups on Windows, or the group is gone already
  }
}

/** Nothing of our own environment leaks into tools, and their messages are in the language that is parsed. */
export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const path = process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'
  return { PATH: path, LC_ALL: 'C', HOME: process.env['HOME'] ?? '/', TERM: 'dumb', ...extra }
}

function isMissing(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ENOENT' || cause.code === 'EACCES')
}
