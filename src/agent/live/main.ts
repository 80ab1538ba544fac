/**
 * The live agent's entry. In the live system it takes its parameters from the kernel command line; with arguments (development,
 * tests) from those alone. Exit codes: 0 the computer stays as it is, 10 restart it, 11 turn it off; anything else is a failure,
 * after which it is to be started again.
 */
import { readFileSync } from 'node:fs'
import { Screen } from '../screen/screen.ts'
import { openTerminal } from '../screen/terminal.ts'
import { Agent, EXIT } from './agent.ts'
import { parseArguments, parseCommandLine } from './parameters.ts'

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const parameters = args.length > 0 ? parseArguments(args) : parseCommandLine(readFileSync('/proc/cmdline', 'utf8'))
  const stop = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort())
  // A serial port without a cable, or a pipe whose reader went, stops no restore.
  process.stdout.on('error', () => undefined)
  // tty1 and not tty0, which is whichever terminal is in front: an administrator's shell on tty2 is not painted over.
  const screen = new Screen(parameters.booted ? openTerminal('/dev/tty1') : undefined, (text) => process.stdout.write(text))
  return new Agent(parameters, screen).run(stop.signal)
}

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`clonaula: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = EXIT.failure
}
// What is still open (a half-closed socket, a tool that was told to end) is not waited for.
process.exit()
