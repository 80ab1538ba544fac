import { showTable, withConsole, type Command } from '../context.ts'
import { parseCommand, positionals } from '../usage.ts'

export const pending: Command = async (context, args) => {
  positionals(parseCommand(args, {}).positionals)
  const rows = await withConsole(context, (client) => client.call('pending.list', {}))
  const { columns, none } = context.texts
  showTable(
    context,
    rows,
    [columns.mac, columns.address, columns.seen, columns.model, columns.name],
    rows.map(({ mac, ip, seenAt, hardware, suggestedName }) => {
      const model = `${hardware?.manufacturer ?? ''} ${hardware?.product ?? ''}`.trim()
      return [mac, ip, new Date(seenAt).toLocaleTimeString(context.language), model, suggestedName]
    }),
    none,
  )
  return 0
}
