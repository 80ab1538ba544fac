import { ClonaulaError } from '#shared/domain/errors.ts'
import { CommandError, streamCommand, type Argv, type RunningCommand, type StreamOptions } from '../run/run.ts'

/** setpriv(1) could not find the program. */
const NOT_FOUND = 127

/**
 * As `streamCommand`, for servers that are worth nothing without this process: they die with it, also when it is killed.
 * That one ends by itself is for those to notice who await `done`.
 */
export function streamTied(argv: Argv, options: StreamOptions): RunningCommand {
  const running = streamCommand(['setpriv', '--pdeathsig', 'KILL', ...argv], options)
  const done = running.done.catch((cause: unknown) => {
    if (!(cause instanceof CommandError) || cause.exitCode !== NOT_FOUND) throw cause
    throw new ClonaulaError('notExecutable', `${argv[0]} is not installed`, { program: argv[0] }, { cause })
  })
  done.catch(() => undefined)
  return { ...running, done }
}
