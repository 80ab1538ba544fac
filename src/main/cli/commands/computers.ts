import { z } from 'zod'
import type { Client } from '#shared/contract/rpc.ts'
import type { ComputerView } from '#shared/contract/views.ts'
import { BootMode } from '#shared/domain/computer.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { show, showTable, withConsole, type Command, type Context } from '../context.ts'
import { findClassroom, findComputer, fullName, readDirectory, showTarget, type Directory } from '../targets.ts'
import { table } from '../table.ts'
import { atLeast, parseCommand, positionals, UsageError, wholeNumber } from '../usage.ts'
import { reportOperations } from './operations.ts'

export const computers: Command = async (context, [action = 'list', ...args]) => {
  const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!chosen) throw new UsageError('unknownCommand', `computers ${action}`)
  return withConsole(context, (client) => chosen(context, client, args))
}

type Action = (context: Context, client: Client, args: readonly string[]) => Promise<number>

const list: Action = async (context, client, args) => {
  positionals(parseCommand(args, {}).positionals)
  const directory = await readDirectory(client)
  const { columns, states, modes, none } = context.texts
  showTable(
    context,
    directory.computers,
    [columns.classroom, columns.name, columns.state, columns.address, columns.mac, columns.mode],
    directory.computers.map((computer) => {
      const { name, state, ip, macs, bootMode: mode } = computer
      return [classroomOf(directory, computer), name, states[state], ip, macs[0] ?? '', modes[mode]]
    }),
    none,
  )
  return 0
}

const details: Action = async (context, client, args) => {
  const [name] = positionals(parseCommand(args, {}).positionals, 'COMPUTER')
  const directory = await readDirectory(client)
  const computer = findComputer(directory, name)
  const { state, ip, macs } = computer
  const facts = [fullName(directory, computer), context.texts.states[state], ip, macs.join(', ')]
  show(context, computer, () => [facts.join(' · '), ...describeHardware(context, computer)])
  return 0
}

const adopt: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, { classroom: { type: 'string' } })
  const [mac, name] = positionals(rest, 'MAC', 'NAME')
  const classroom = findClassroom(await readDirectory(client), values.classroom)
  const computer = await client.call('pending.adopt', { mac, name, classroomId: classroom.id })
  show(context, computer, () => [context.texts.adopted(computer.name)])
  return 0
}

const add: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, { classroom: { type: 'string' } })
  const [name] = atLeast(rest, 'NAME', 'MAC')
  const classroom = findClassroom(await readDirectory(client), values.classroom)
  const computer = await client.call('computers.create', { name, macs: rest.slice(1), classroomId: classroom.id })
  show(context, computer, () => [context.texts.ok])
  return 0
}

const remove: Action = async (context, client, args) => {
  const { positionals: rest } = parseCommand(args, {})
  atLeast(rest, 'COMPUTER')
  const removed = await named(client, rest)
  for (const { id } of removed) await client.call('computers.remove', { id })
  show(context, removed, () => [context.texts.ok])
  return 0
}

const enrol: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    minutes: { type: 'string' },
    names: { type: 'string', default: 'pc-##' },
  })
  if (rest.length > 1) throw new UsageError('extra', rest[1] ?? '')
  const minutes = wholeNumber(values.minutes, '--minutes')
  if (minutes === undefined) throw new UsageError('missing', '--minutes')
  const classroom = findClassroom(await readDirectory(client), rest[0])
  const changed = await client.call('classrooms.enrol', { id: classroom.id, minutes, namePattern: values.names })
  const { name, enrolmentUntil: until } = changed
  const { texts, language } = context
  show(context, changed, () => [
    until === undefined ? texts.ok : texts.enrolling(name, new Date(until).toLocaleTimeString(language)),
  ])
  return 0
}

const bootMode: Action = async (context, client, args) => {
  const { positionals: rest } = parseCommand(args, {})
  const [text] = atLeast(rest, 'MODE', 'COMPUTER')
  const mode = BootMode.safeParse(text)
  if (!mode.success) throw new UsageError('expected', text, 'MODE', BootMode.options.join(', '))
  const changed: ComputerView[] = []
  for (const { id } of await named(client, rest.slice(1))) {
    changed.push(await client.call('computers.update', { id, bootMode: mode.data }))
  }
  show(context, changed, () => [context.texts.ok])
  return 0
}

const PowerAction = z.enum(['start', 'restart', 'shutdown'])

const power: Action = async (context, client, args) => {
  const { positionals: rest } = parseCommand(args, {})
  const [text] = atLeast(rest, 'ACTION', 'COMPUTER')
  const action = PowerAction.safeParse(text)
  if (!action.success) throw new UsageError('expected', text, 'ACTION', PowerAction.options.join(', '))
  const chosen = (await named(client, rest.slice(1))).map(({ id }) => id)
  return reportOperations(context, await client.call('computers.power', { computers: chosen, action: action.data }))
}

const actions: Readonly<Record<string, Action>> = { list, show: details, adopt, add, remove, enrol, 'boot-mode': bootMode, power }

async function named(client: Client, names: readonly string[]): Promise<ComputerView[]> {
  const directory = await readDirectory(client)
  return names.map((name) => findComputer(directory, name))
}

function classroomOf({ classrooms }: Directory, { classroomId }: ComputerView): string {
  return classrooms.find(({ id }) => id === classroomId)?.name ?? ''
}

function describeHardware({ texts: { columns }, language }: Context, { hardware }: ComputerView): string[] {
  if (!hardware) return []
  const { manufacturer, product, firmware, processor, memory, disks } = hardware
  const size = (bytes: number | undefined): string => (bytes === undefined ? '' : formatBytes(bytes, language))
  return [
    [manufacturer, product, firmware.toUpperCase(), processor, size(memory)].filter((fact) => fact !== '').join(' · '),
    ...disks.flatMap((disk) => [
      '',
      [`${columns.disk} ${disk.number}`, disk.device, size(disk.size), disk.label, disk.model].join(' · '),
      ...table(
        [columns.target, columns.filesystem, columns.label, columns.size, columns.used, columns.system],
        disk.partitions.map(({ number, filesystem, label, size: bytes, used, system }) => [
          showTarget({ disk: disk.number, partition: number }), filesystem, label, size(bytes), size(used),
          system?.name ?? '',
        ]),
      ),
    ]),
  ]
}
