import { withConsole, type Command } from '../context.ts'
import { findComputer, parseTarget, readDirectory } from '../targets.ts'
import { parseCommand, positionals } from '../usage.ts'
import { waitForOperations } from '../wait.ts'
import { reportOperations } from './operations.ts'

export const capture: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    description: { type: 'string', default: '' },
    sector: { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
  })
  const [computer, target, name] = positionals(rest, 'COMPUTER', 'TARGET', 'IMAGE')
  const source = parseTarget(target)
  return withConsole(context, async (client) => {
    const { id } = findComputer(await readDirectory(client), computer)
    const mode = values.sector ? 'sector' : 'used'
    const { description } = values
    const started = [await client.call('images.capture', { computer: id, source, name, description, mode })]
    return reportOperations(context, values['no-wait'] ? started : await waitForOperations(context, client, started))
  })
}
