import { ClonaulaError } from '#shared/domain/errors.ts'
import { LIVE_FILES, PHASE_PATH } from '../boot-files.ts'
import type { BootContext } from './context.ts'

/** x86's COMMAND_LINE_SIZE, less the NUL: the kernel cuts what is longer without a word. */
const MAX_LENGTH = 2047

/**
 * True for what can stand in an iPXE script, a GRUB configuration and a kernel command line without
 * quotes and mean itself in all three.
 */
export function isKernelArgument(text: string): boolean {
  return /^[A-Za-z0-9_.,:/=+@%~-]+$/.test(text)
}

/**
 * The live system's kernel command line.
 *
 * @throws ClonaulaError `invalidRequest` for a value that is not an argument, or too many of them
 */
export function kernelCommandLine(context: BootContext): string {
  const args = [
    `clonaula.console=${context.consoleUrl}`,
    `clonaula.key=${context.certificate}`,
    `clonaula.token=${context.token}`,
    `clonaula.root=${context.httpBase}/${LIVE_FILES.root}`,
    `clonaula.sha256=${context.rootSha256}`,
    `clonaula.phase=${context.httpBase}/${PHASE_PATH}`,
    ...(context.mode === 'live-admin' ? ['clonaula.admin=1'] : []),
    // The last one is /dev/console: what the kernel says before the agent runs goes to a serial line, if there is one.
    'console=tty0',
    'console=ttyS0,115200',
    ...context.extraArguments,
  ]
  const unfit = args.find((argument) => !isKernelArgument(argument))
  if (unfit !== undefined) {
    throw new ClonaulaError('invalidRequest', `not a kernel argument: ${JSON.stringify(unfit)}`, { argument: unfit })
  }
  const line = args.join(' ')
  if (line.length > MAX_LENGTH) {
    // Not the line itself: the token is in it, and this goes to the log.
    throw new ClonaulaError('invalidRequest', `the kernel command line has ${line.length} characters`, { argument: '' })
  }
  return line
}
