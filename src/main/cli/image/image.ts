/** `clonaula image …`: images without a console, on a repository's folder. */
import { percent, type Progress } from '#shared/domain/progress.ts'
import { printable } from '#shared/domain/printable.ts'
import { formatRate, formatSeconds } from '#shared/i18n/index.ts'
import type { Command, Context } from '../context.ts'
import { UsageError } from '../usage.ts'
import { imageCommands } from './commands.ts'
import { phaseName } from './phases.ts'

const CLEAR_LINE = '\r\u001B[K'

export const image: Command = async (context, [name, ...args]) => {
  if (name === undefined || name === 'help') {
    context.terminal.out(`${await usage(context)}\n`)
    return 0
  }
  const load = Object.hasOwn(imageCommands, name) ? imageCommands[name] : undefined
  if (!load) throw new UsageError('unknownCommand', `image ${name}`)
  const command = await load()
  const stop = new AbortController()
  // Every time: a second Ctrl-C must not end the process while a source is being brought back to its size.
  const abort = (): void => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, abort)
  const { terminal, json } = context
  const clear = (): void => {
    if (terminal.interactive && !json) terminal.err(CLEAR_LINE)
  }
  const onProgress = terminal.interactive && !json ? (progress: Progress) => draw(context, progress) : () => {}
  const say = (line: string): void => {
    clear()
    if (!json) terminal.out(`${printable(line)}\n`)
  }
  try {
    return await command.run({ ...context, signal: stop.signal, onProgress, say }, args)
  } finally {
    clear()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort)
  }
}

async function usage({ language }: Context): Promise<string> {
  const commands = await Promise.all(Object.values(imageCommands).map((load) => load()))
  return ['clonaula image COMMAND [OPTION…]', '', ...commands.map((command) => command.usage[language])].join('\n')
}

function draw({ terminal, texts, language }: Context, progress: Progress): void {
  const share = percent(progress)
  const parts = [
    `${phaseName(progress.phase, language)} ${bar(share)} ${share} %`, formatRate(progress.rate, language),
    ...(progress.secondsLeft === undefined ? [] : [texts.left(formatSeconds(progress.secondsLeft))]),
  ]
  terminal.err(`${CLEAR_LINE}${printable(parts.join(' · '))}`)
}

/** Characters of the progress bar: with the longest phase the line still fits into 80. */
const BAR = 14

/** @param share 0–100 */
function bar(share: number): string {
  const full = Math.round((share / 100) * BAR)
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}
