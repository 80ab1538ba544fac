import { showTable, withConsole, type Command } from '../context.ts'
import { parseCommand, positionals, wholeNumber } from '../usage.ts'

/** Who did what, and who logged in or tried to. */
export const audit: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, { limit: { type: 'string', default: '50' } })
  positionals(rest)
  const limit = wholeNumber(values.limit, '--limit')
  const entries = await withConsole(context, (client) => client.call('audit.list', { limit }))
  const { columns, none } = context.texts
  showTable(
    context, entries, [columns.date, columns.by, columns.operation, columns.description],
    entries.map(({ at, who, action, detail }) => [new Date(at).toLocaleString(context.language), who, action, detail]),
    none,
  )
  return 0
}
