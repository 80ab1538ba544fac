import { findingSentence } from '#shared/i18n/index.ts'
import { show, withConsole, type Command } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'

/** @returns 0, also when something is wrong: the examination itself went well */
export const doctor: Command = async (context, args) => {
  const { values: { long }, positionals: rest } = parseCommand(args, { long: { type: 'boolean', default: false } })
  positionals(rest)
  if (long && context.terminal.interactive && !context.json) context.terminal.err(`${context.texts.examiningLong}\n`)
  const findings = await withConsole(context, (client) => client.call('network.examine', { long }))
  show(context, findings, () => findings.map((finding) =>
    `${context.texts.levels[finding.level].padEnd(LEVEL_WIDTH)} ${findingSentence(context.language, finding)}`))
  return 0
}

/** The longest of the words for a level. */
const LEVEL_WIDTH = 11
