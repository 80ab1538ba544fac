import type { ConsoleView } from '#shared/contract/views.ts'
import { formatBytes, resultSentence } from '#shared/i18n/index.ts'
import { show, withConsole, type Command, type Context } from '../context.ts'
import { table } from '../table.ts'
import { parseCommand, positionals } from '../usage.ts'

export const status: Command = async (context, args) => {
  positionals(parseCommand(args, {}).positionals)
  const info = await withConsole(context, (client) => client.call('console.info', {}))
  show(context, info, () => [...describeConsole(context, info), ...describeLive(context, info)])
  return 0
}

/** Version and address, then a line for each service. */
export function describeConsole({ texts, language }: Context, { version, address, services }: ConsoleView): string[] {
  const { columns } = texts
  const rows = services.map(({ name, state, listens, problem }) => [
    texts.services[name], texts.serviceStates[state],
    [listens, problem ? resultSentence(language, problem.code, problem.params) : ''].filter((text) => text !== '').join(' · '),
  ])
  return [
    `Clonaula ${version} · ${address === '' ? texts.noAddress : address}`,
    ...table([columns.service, columns.state, columns.listens], rows),
  ]
}

export function describeLive({ texts, language }: Context, { live }: ConsoleView): string[] {
  return live ? [texts.live(live.kernel, formatBytes(live.bytes, language))] : []
}
