import { CaptureMode } from '#shared/domain/image.ts'
import { withConsole, type Command } from '../context.ts'
import { findComputer, parseTarget, readDirectory } from '../targets.ts'
import { oneOf, parseCommand, positionals } from '../usage.ts'
import { followOperations } from './operations.ts'

export const capture: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    description: { type: 'string', default: '' },
    mode: { type: 'string', default: 'filesystem' },
    'no-clean': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    'into-cache': { type: 'boolean', default: false },
    'no-wait': { type: 'boolean', default: false },
  })
  const [computer, target, name] = positionals(rest, 'COMPUTER', 'TARGET', 'IMAGE')
  const source = parseTarget(target)
  const mode = oneOf(values.mode, '--mode', CaptureMode.options)
  return withConsole(context, async (client) => {
    const { id } = findComputer(await readDirectory(client), computer)
    const started = [await client.call('images.capture', {
      computer: id, source, name, description: values.description, intoCache: values['into-cache'], mode,
      clean: !values['no-clean'], shrink: !values['no-shrink'],
    })]
    return followOperations(context, client, started, values['no-wait'])
  })
}
