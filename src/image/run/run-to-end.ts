import { spawn } from 'node:child_process'
import { mkdtemp, open, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cleanEnvironment, CommandError, type Argv } from './run.ts'

/**
 * Runs a command that must not be cut short, like one that moves a filesystem's blocks: nothing aborts it, Ctrl-C does not reach it, and it
 * goes on when this process is killed. Its output goes to a file, because writing to a pipe that nobody reads any more would end it (SIGPIPE).
 * @throws CommandError
 */
export async function runToEnd(argv: Argv): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-run-'))
  const path = join(folder, 'output')
  try {
    await using output = await open(path, 'w')
    const child = spawn(argv[0], argv.slice(1), {
      env: cleanEnvironment(), stdio: ['ignore', output.fd, output.fd], detached: true,
    })
    const { promise, resolve, reject } = Promise.withResolvers<string | number>()
    child.on('error', (cause) => reject(new CommandError(argv, 'could not be started', '', undefined, { cause })))
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'a signal'))
    const end = await promise
    if (end === 0) return
    const said = (await readFile(path, 'utf8')).slice(-16_384)
    throw typeof end === 'number' ? new CommandError(argv, `ended with ${end}`, said, end) : new CommandError(argv, `was ended by ${end}`, said)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
