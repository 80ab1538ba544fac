/** `clonaula image …`: images without a console, on a repository's folder. */
import { percent, type Progress } from '#shared/domain/progress.ts'
import { printable } from '#shared/domain/printable.ts'
import { formatRate, formatSeconds } from '#shared/i18n/index.ts'
import type { Command, Context } from '../context.ts'
import { UsageError } from '../usage.ts'
import { imageCommands } from './commands.ts'

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
  const abort = (): void => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, abort)
  const draws = context.terminal.interactive && !context.json
  try {
    return await command.run({ ...context, signal: stop.signal, onProgress: draws ? (progress) => draw(context, progress) : () => {} }, args)
  } finally {
    if (draws) context.terminal.err(CLEAR_LINE)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, abort)
  }
}

async function usage({ language }: Context): Promise<string> {
  const commands = await Promise.all(Object.values(imageCommands).map((load) => load()))
  return ['clonaula image COMMAND [OPTION…]', '', ...commands.map((command) => command.usage[language])].join('\n')
}

function draw({ terminal, texts, language }: Context, progress: Progress): void {
  const parts = [
    progress.phase, `${percent(progress)} %`, formatRate(progress.rate, language),
    ...(progress.secondsLeft === undefined ? [] : [texts.left(formatSeconds(progress.secondsLeft))]),
  ]
  terminal.err(`${CLEAR_LINE}${printable(parts.join(' · '))}`)
}
