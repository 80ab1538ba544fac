import { isAbort } from '#shared/domain/errors.ts'
import { CleanupStack } from './cleanup.ts'

/** Why a run was stopped by its user. An AbortError, so that everything that is waiting lets go. */
export class Interrupted extends Error {
  override readonly name = 'AbortError'
}

/**
 * Runs a tool that must leave nothing behind: a signal aborts it, and when it has ended, in whatever way,
 * its cleanup is unwound before the process exits. A second signal changes nothing: the cleanup is under way.
 * Exit codes: what `main` returned; 1 after an error or an incomplete cleanup; 130 after a signal.
 */
export async function supervise(main: (cleanup: CleanupStack, signal: AbortSignal) => Promise<number>): Promise<never> {
  const stop = new AbortController()
  const onSignal = (name: NodeJS.Signals): void => stop.abort(new Interrupted(`stopped by ${name}`))
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal)
  // A reader of our output that went away (`lab | head`) must not keep the cleanup from running.
  process.stdout.on('error', () => stop.abort(new Interrupted('nobody reads the output')))

  const cleanup = new CleanupStack()
  let code: number
  try {
    code = await main(cleanup, stop.signal)
  } catch (error) {
    code = stop.signal.aborted && isAbort(error) ? 130 : 1
    console.error(code === 130 ? `\n${(error as Error).message}` : error)
  }
  for (const failure of await cleanup.unwind()) {
    console.error(failure)
    code ||= 1
  }
  process.exit(code)
}
