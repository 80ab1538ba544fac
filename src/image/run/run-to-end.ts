import { spawn } from 'node:child_process'
import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanEnvironment, CommandError, onceMoreIfInterrupted, type Argv } from './run.ts'

/** Bytes of its output that an error shows. */
const SAID = 16 * 1024

/**
 * Runs a command that must not be cut short, like one that moves a filesystem's blocks: nothing aborts it, Ctrl-C does not reach it, and it
 * goes on when this process is killed. Its output goes to a file, because writing to a pipe that nobody reads any more would end it (SIGPIPE).
 * @throws CommandError
 */
export async function runToEnd(argv: Argv): Promise<void> {
  return onceMoreIfInterrupted(() => runOnce(argv))
}

async function runOnce(argv: Argv): Promise<void> {
  await using output = await namelessFile()
  const child = spawn(argv[0], argv.slice(1), {
    env: cleanEnvironment(), stdio: ['ignore', output.fd, output.fd], detached: true,
  })
  const { promise, resolve, reject } = Promise.withResolvers<number | NodeJS.Signals>()
  child.on('error', (cause) => reject(new CommandError(argv, 'could not be started', '', {}, { cause })))
  child.on('close', (code, signal) => resolve(code ?? signal ?? 'SIGKILL'))
  const end = await promise
  if (end === 0) return
  const said = await lastOf(output)
  throw typeof end === 'number'
    ? new CommandError(argv, `ended with ${end}`, said, { code: end })
    : new CommandError(argv, `was ended by ${end}`, said, { signal: end })
}

/** A file that goes with the last process that has it open. */
async function namelessFile(): Promise<FileHandle> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-run-'))
  try {
    return await open(join(folder, 'output'), 'w+')
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function lastOf(file: FileHandle): Promise<string> {
  const { size } = await file.stat()
  const length = Math.min(size, SAID)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length)
  return buffer.toString('utf8', 0, bytesRead)
}
