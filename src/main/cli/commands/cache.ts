import type { Client } from '#shared/contract/rpc.ts'
import type { ComputerView, OperationView } from '#shared/contract/views.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { CacheMethod } from '#shared/domain/method.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { askToErase, showTable, withConsole, type Command, type Context } from '../context.ts'
import type { LocalClient } from '../../rpc/local/local-client.ts'
import { chooseComputers, findComputer, findImage, parseTarget, readDirectory, same } from '../targets.ts'
import { atLeast, oneOf, parseCommand, positionals, UsageError, wholeNumber } from '../usage.ts'
import { followOperations } from './operations.ts'

/** The CACHEs of computers: what is in them, and bringing images in and out. */
export const cache: Command = async (context, [action = 'list', ...args]) => {
  const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!chosen) throw new UsageError('unknownCommand', `cache ${action}`)
  return withConsole(context, (client) => chosen(context, client, args))
}

type Action = (context: Context, client: LocalClient, args: readonly string[]) => Promise<number>

const WHO = {
  classroom: { type: 'string' },
  'no-wait': { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
} as const
const GIGABYTE = 1e9

/** A line for each image, and one for each CACHE without any. */
const list: Action = async (context, client, args) => {
  const { values, positionals: names } = parseCommand(args, { classroom: WHO.classroom })
  const everybody = names.length === 0 && values.classroom === undefined
  const computers = everybody ? (await readDirectory(client)).computers : await chooseComputers(client, names, values.classroom)
  const { columns, none } = context.texts
  const caches = computers.flatMap(({ name, hardware }) => (hardware?.cache ? [{ computer: name, ...hardware.cache }] : []))
  const size = (bytes: number): string => formatBytes(bytes, context.language)
  const rows = caches.flatMap(({ computer, device, size: all, free, images, problem }) => {
    const own = [computer, device, size(all), size(free)]
    if (images.length === 0) return [[...own, problem ?? '', '', '']]
    return images.map(({ manifest, name, revision, bytes, usedAt }) =>
      [...own, name === undefined ? manifest.slice(0, 12) : `${name}@${revision ?? '?'}`, size(bytes), new Date(usedAt).toLocaleString(context.language)])
  })
  const head = [columns.computer, columns.partition, columns.size, columns.free, columns.image, columns.stored, columns.usedLast]
  showTable(context, caches, head, rows, none)
  return RESULT.ok
}

const update: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    ...WHO, revision: { type: 'string' }, method: { type: 'string', default: 'UNICAST-CACHE' },
  })
  const [image] = atLeast(rest, 'IMAGE')
  const method = oneOf(values.method, '--method', CacheMethod.options)
  const revision = wholeNumber(values.revision, '--revision')
  const computers = await idsOf(client, rest.slice(1), values.classroom)
  const { id } = await findImage(client, image)
  return followOperations(context, client, await client.call('cache.update', {
    computers, image: id, method, ...(revision !== undefined && { revision }),
  }), values['no-wait'])
}

const prepare: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, { ...WHO, size: { type: 'string' } })
  const [text] = atLeast(rest, 'DISK')
  const { disk, partition } = parseTarget(text)
  if (partition !== undefined) throw new UsageError('expected', text, 'DISK', '1, 2')
  const gigabytes = wholeNumber(values.size, '--size')
  const computers = await chooseComputers(client, rest.slice(1), values.classroom)
  if (!values.yes && !(await confirmed(context, computers))) return RESULT.cancelled
  return followOperations(context, client, await client.call('cache.prepare', {
    computers: computers.map(({ id }) => id), disk, ...(gigabytes !== undefined && { size: gigabytes * GIGABYTE }),
  }), values['no-wait'])
}

const format: Action = async (context, client, args) => {
  const { values, positionals: names } = parseCommand(args, WHO)
  const computers = await chooseComputers(client, names, values.classroom)
  if (!values.yes && !(await confirmed(context, computers))) return RESULT.cancelled
  return followOperations(context, client, await client.call('cache.format', { computers: computers.map(({ id }) => id) }), values['no-wait'])
}

/** `IMAGE` or `IMAGE@REVISION`, as it is called in the CACHEs. */
const remove: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, WHO)
  const [text] = atLeast(rest, 'IMAGE')
  const computers = await chooseComputers(client, rest.slice(1), values.classroom)
  const held = computers.flatMap(({ id, hardware }) => (hardware?.cache?.images ?? [])
    .filter(({ name, revision }) => name !== undefined && (same(name, text) || same(`${name}@${revision ?? ''}`, text)))
    .map(({ manifest }) => ({ id, manifest })))
  if (held.length === 0) throw new ClonaulaError('notFound', `no ${text} in any of these CACHEs`, { what: text })
  const started: OperationView[] = []
  for (const { id, manifest } of held) started.push(...await client.call('cache.delete', { computers: [id], manifest }))
  return followOperations(context, client, started, values['no-wait'])
}

const publish: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, {
    name: { type: 'string' }, description: { type: 'string', default: '' }, 'no-wait': WHO['no-wait'],
  })
  const [text, who] = positionals(rest, 'IMAGE', 'COMPUTER')
  const { id, hardware } = findComputer(await readDirectory(client), who)
  const found = (hardware?.cache?.images ?? []).filter(({ name, manifest }) => (name === undefined ? manifest.startsWith(text) : same(name, text)))
  const image = found.find(({ unpublished }) => unpublished) ?? found[0]
  if (!image) throw new ClonaulaError('notFound', `no ${text} in this CACHE`, { what: text })
  const started = await client.call('cache.publish', { computer: id, manifest: image.manifest, name: values.name, description: values.description })
  return followOperations(context, client, [started], values['no-wait'])
}

const actions: Readonly<Record<string, Action>> = { list, update, prepare, format, delete: remove, publish }

async function idsOf(client: Client, names: readonly string[], classroom: string | undefined): Promise<ComputerView['id'][]> {
  return (await chooseComputers(client, names, classroom)).map(({ id }) => id)
}

/** A person is asked when cached images would go; a program has said what it wants. */
async function confirmed({ terminal, json, texts }: Context, computers: readonly ComputerView[]): Promise<boolean> {
  const losing = computers.filter(({ hardware }) => hardware?.cache)
  if (losing.length === 0 || !terminal.interactive || json) return true
  const erases = [...new Set(losing.flatMap(({ hardware }) => [
    hardware?.cache?.device ?? '', ...(hardware?.cache?.images ?? []).map(({ name, manifest }) => name ?? manifest.slice(0, 12)),
  ]))].join(', ')
  return askToErase({ terminal, texts }, losing.length, erases)
}
