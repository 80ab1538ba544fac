import type { LogLineView, OperationView } from '#shared/contract/views.ts'
import { OperationId } from '#shared/domain/ids.ts'
import { isFinished } from '#shared/domain/operation.ts'
import { printable } from '#shared/domain/printable.ts'
import { formatSeconds, resultSentence } from '#shared/i18n/index.ts'
import type { LocalClient } from '../../rpc/local/local-client.ts'
import { show, showTable, withConsole, type Command, type Context } from '../context.ts'
import { findComputer, readDirectory, showTarget } from '../targets.ts'
import { parseCommand, positionals, UsageError, wholeNumber } from '../usage.ts'
import { waitForOperations } from '../wait.ts'

export const operations: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    computer: { type: 'string' },
    limit: { type: 'string', default: '20' },
  })
  positionals(rest)
  const found = await withConsole(context, async (client) => {
    const { computer: name } = values
    const computer = name === undefined ? undefined : findComputer(await readDirectory(client), name).id
    return client.call('operations.list', { computer, limit: wholeNumber(values.limit, '--limit') })
  })
  showOperations(context, found)
  return 0
}

export const cancel: Command = async (context, args) => {
  const [text] = positionals(parseCommand(args, {}).positionals, 'ID')
  const cancelled = await withConsole(context, (client) => client.call('operations.cancel', { id: operationId(text) }))
  show(context, cancelled, () => [context.texts.ok])
  return 0
}

/** With `--follow`: goes on until the operation ends, and exits with its result. */
export const log: Command = async (context, args) => {
  const { values, positionals: rest } = parseCommand(args, { follow: { type: 'boolean', default: false } })
  const [text] = positionals(rest, 'ID')
  const id = operationId(text)
  return withConsole(context, async (client) => {
    const operation = await client.call('operations.get', { id })
    if (!values.follow) {
      const lines = await client.call('operations.log', { id })
      show(context, lines, () => lines.map(logLine))
      return 0
    }
    let last = 0
    const print = (lines: readonly LogLineView[]): void => {
      for (const line of lines.filter((each) => each.operationId === id && each.id > last)) {
        context.terminal.out(`${context.json ? JSON.stringify(line) : printable(logLine(line))}\n`)
        last = line.id
      }
    }
    // Events that come before the lines so far have been printed are among those.
    let early: LogLineView[] | undefined = []
    client.on('operation.log', (lines) => {
      if (early) early.push(...lines)
      else print(lines)
    })
    print(await client.call('operations.log', { id }))
    print(early)
    early = undefined
    const quiet = { ...context, terminal: { ...context.terminal, interactive: false } }
    const [ended] = await waitForOperations(quiet, client, [operation])
    print(await client.call('operations.log', { id, after: last }))
    return ended?.outcome?.code ?? 0
  })
}

/** Shows what was started or has ended. @returns the first result that is not success */
export function reportOperations(context: Context, found: readonly OperationView[]): number {
  showOperations(context, found)
  return found.find(({ state, outcome }) => isFinished(state) && outcome?.code)?.outcome?.code ?? 0
}

/** As `reportOperations`, when they have ended; with `noWait`, at once. */
export async function followOperations(
  context: Context, client: LocalClient, started: readonly OperationView[], noWait: boolean,
): Promise<number> {
  return reportOperations(context, noWait ? started : await waitForOperations(context, client, started))
}

function operationId(text: string): OperationId {
  const id = OperationId.safeParse(Number(text))
  if (!id.success) throw new UsageError('expected', text, 'ID', '1, 2, 3 …')
  return id.data
}

function logLine({ at, level, text }: LogLineView): string {
  const mark = { info: ' ', warn: '!', error: '✗' }[level]
  return `${new Date(at).toISOString().slice(11, 19)} ${mark} ${text}`
}

function showOperations(context: Context, found: readonly OperationView[]): void {
  const { columns, none, operations: kinds, deployment, operationStates, stalled } = context.texts
  showTable(
    context,
    found,
    [columns.id, columns.operation, columns.computer, columns.target, columns.image, columns.state, columns.result],
    found.map((operation) => [
      operation.id,
      operation.kind === 'restore' && operation.command !== undefined ? deployment : kinds[operation.kind],
      operation.computerName,
      operation.target ? showTarget(operation.target) : '',
      operation.imageName ?? '',
      operation.stalled ? stalled : operationStates[operation.state],
      describeOutcome(context, operation),
    ]),
    none,
  )
}

function describeOutcome({ language }: Context, { outcome }: OperationView): string {
  if (!outcome) return ''
  if (outcome.code === 0) return formatSeconds(outcome.seconds)
  return `${outcome.code}: ${resultSentence(language, outcome.code, outcome.params)}`
}
