import type { ParseArgsOptionsConfig } from 'node:util'
import { DeployRequest } from '#shared/contract/console.ts'
import type { Client } from '#shared/contract/rpc.ts'
import type { ComputerView, DeployPlan, DeployPlanRow } from '#shared/contract/views.ts'
import { CacheTransfer, DeployTransfer, type DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import { decodeDeployment, decodeImage, encodeCommand, encodeDeployment } from '#shared/domain/deploy/deploy-text.ts'
import { expectedOption, optionNames, optionsOfRoom, readOption } from '#shared/domain/deploy/option-text.ts'
import { ProtocolOptions } from '#shared/domain/deploy/protocol-options.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { askToErase, show, withConsole, type Command, type Context } from '../context.ts'
import { planCells, planResult, planTitles } from '../plan-table.ts'
import { table } from '../table.ts'
import { chooseComputers, parseTarget } from '../targets.ts'
import { oneOf, parseCommand, UsageError } from '../usage.ts'
import { followOperations } from './operations.ts'

/** The classroom's properties that may be others for one run. */
const PROTOCOL = {
  'port': 'multicastPort', 'mode': 'multicastMode', 'address': 'multicastAddress', 'speed': 'multicastSpeed', 'max-clients': 'maxClients', 'max-wait': 'maxWait',
  'p2p-mode': 'p2pMode', 'p2p-time': 'p2pTime',
} as const satisfies Record<string, keyof ProtocolOptions>
type ProtocolFlag = keyof typeof PROTOCOL
const FLAGS = Object.keys(PROTOCOL) as ProtocolFlag[]

const text = { type: 'string' } as const
const flag = { type: 'boolean', default: false } as const
/** What makes a command out of its parts. */
const PARTS = {
  'image': text, 'partition': text, 'transfer': text, 'cache-only': { type: 'boolean' },
  'port': text, 'mode': text, 'address': text, 'speed': text, 'max-clients': text, 'max-wait': text, 'p2p-mode': text, 'p2p-time': text,
} as const satisfies ParseArgsOptionsConfig & Record<ProtocolFlag, unknown>

type Parts = Partial<Record<Exclude<keyof typeof PARTS, 'cache-only'>, string>> & { 'cache-only'?: boolean }

export const deploy: Command = async (context, args) => {
  const { values, positionals: names } = parseCommand(args, {
    ...PARTS,
    'run': { type: 'string', multiple: true },
    'classroom': text,
    'no-delta': flag,
    'verify': flag,
    'discard': flag,
    'restart': flag,
    'no-postconfigure': flag,
    'print': flag,
    'dry-run': flag,
    'yes': flag,
    'no-wait': flag,
  })
  const written = values.run?.join('\n')
  if (written !== undefined && Object.keys(PARTS).some((name) => name in values)) throw new UsageError('runOrParts')
  const command = written === undefined ? commandOf(values) : undefined
  return withConsole(context, async (client) => {
    const computers = await chooseComputers(client, names, values.classroom)
    const commands = command ? [await asInRoom(client, computers, command)] : decodeDeployment(written ?? '')
    if (values.print) return print(context, commands)
    const request = DeployRequest.parse({
      computers: computers.map(({ id }) => id),
      commands: encodeDeployment(commands),
      delta: !values['no-delta'],
      verify: values.verify,
      discard: values.discard,
      postconfigure: !values['no-postconfigure'],
      restart: values.restart,
    })
    const plan = await client.call('deploy.plan', request)
    if (values['dry-run']) return showPlan(context, plan)
    if (!values.yes && !(await confirmed(context, plan))) return RESULT.cancelled
    const started = await client.call('deploy.start', { ...request, plan: plan.plan })
    return followOperations(context, client, started, values['no-wait'])
  })
}

function print(context: Context, commands: readonly DeployCommand[]): number {
  const lines = commands.map(encodeCommand)
  show(context, lines, () => lines)
  return RESULT.ok
}

/** What the options say, and no more. @throws UsageError also where one would change nothing */
function commandOf(values: Parts): DeployCommand {
  const { image: imageText, partition, transfer: wanted = 'UNICAST' } = values
  if (imageText === undefined) throw new UsageError('missing', '--image')
  const cacheOnly = values['cache-only'] === true
  const image = decodeImage(imageText)
  if (!image || (cacheOnly && image.volume !== undefined)) throw new UsageError('expected', imageText, '--image', `IMAGE[@REVISION]${cacheOnly ? '' : '[:VOLUME]'}`)
  if (cacheOnly) {
    if (partition !== undefined) throw new UsageError('useless', '--partition', '--cache-only')
    const transfer = oneOf(wanted, '--transfer', CacheTransfer.options)
    return { kind: 'updateCache', image, transfer, options: protocolOf(transfer, values) }
  }
  if (partition === undefined) throw new UsageError('missing', '--partition')
  const transfer = oneOf(wanted, '--transfer', DeployTransfer.options)
  return { kind: 'deployImage', image, target: parseTarget(partition), transfer, options: protocolOf(transfer, values) }
}

function protocolOf(transfer: DeployTransfer, values: Parts): ProtocolOptions {
  const used = optionNames(transfer)
  const given = FLAGS.flatMap((name) => {
    const said = values[name]
    if (said === undefined) return []
    if (!used.includes(PROTOCOL[name])) throw new UsageError('useless', `--${name}`, transfer)
    const value = readOption(PROTOCOL[name], said)
    if (value === undefined) throw new UsageError('expected', said, `--${name}`, expectedOption(PROTOCOL[name]))
    return [[PROTOCOL[name], value]]
  })
  return ProtocolOptions.parse(Object.fromEntries(given))
}

/** A command that says all of its options: those that nobody gave as the computers' classroom has them, if it is one. */
async function asInRoom(client: Client, computers: readonly ComputerView[], command: DeployCommand): Promise<DeployCommand> {
  const rooms = new Set(computers.map(({ classroomId }) => classroomId))
  const room = (await client.call('classrooms.list', {})).find(({ id }) => rooms.has(id))
  if (!room || rooms.size > 1) return command
  return { ...command, options: { ...optionsOfRoom(command.transfer, room.network), ...command.options } }
}

/** A person is shown what happens and asked when something goes; a program has said what it wants. */
async function confirmed(context: Context, plan: DeployPlan): Promise<boolean> {
  if (!context.terminal.interactive || context.json) return true
  showPlan(context, plan)
  const erasing = plan.commands.flatMap(({ rows }) => rows).filter((row) => row.erases.length > 0)
  if (erasing.length === 0) return true
  return askToErase(context, new Set(erasing.map(({ computerId }) => computerId)).size, [...new Set(erasing.flatMap((row) => row.erases))].join(', '))
}

/** @returns the first refusal's result */
function showPlan(context: Context, plan: DeployPlan): number {
  const titles = [...planTitles(context), context.texts.columns.installed]
  show(context, plan, () => plan.commands.flatMap((command) => [
    `${command.text} → ${command.image}@${command.revision}`, ...table(titles, command.rows.map((row) => [...planCells(context, row), installedText(context, row)])), '',
  ]))
  return planResult(plan.commands.flatMap(({ rows }) => rows))
}

function installedText({ texts }: Context, { installed }: DeployPlanRow): string {
  if (!installed) return ''
  const { image, revision, behind = 0 } = installed
  return `${image}@${revision}${behind === 0 ? '' : ` (${texts.newerRevisions(behind)})`}`
}
