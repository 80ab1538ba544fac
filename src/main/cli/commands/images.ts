import type { Client } from '#shared/contract/rpc.ts'
import type { ImageView, RevisionView } from '#shared/contract/views.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { show, showTable, withConsole, type Command, type Context } from '../context.ts'
import { findImage } from '../targets.ts'
import { table } from '../table.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'
import { listTrash, purge, trash, untrash } from './trash.ts'

type Action = (context: Context, client: Client, args: readonly string[]) => Promise<number>

export const images: Command = async (context, [action = 'list', ...args]) => {
  const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined
  if (!chosen) throw new UsageError('unknownCommand', `images ${action}`)
  return withConsole(context, (client) => chosen(context, client, args))
}

const actions: Readonly<Record<string, Action>> = {
  async list(context, client, args) {
    const { values, positionals: rest } = parseCommand(args, { trash: { type: 'boolean', default: false } })
    positionals(rest)
    if (values.trash) await listTrash(context, client)
    else list(context, await client.call('images.list', {}))
    return 0
  },
  async show(context, client, args) {
    const [name] = positionals(parseCommand(args, {}).positionals, 'IMAGE')
    details(context, await findImage(client, name))
    return 0
  },
  trash,
  untrash,
  purge,
}

function when({ language }: Context, at: number | undefined): string {
  return at === undefined ? '' : new Date(at).toLocaleString(language)
}

function partitions({ volumes }: RevisionView): string {
  return volumes.map(({ partition, filesystem }) => `${partition} ${filesystem}`).join(', ')
}

function list(context: Context, all: ImageView[]): void {
  const { columns, image, none } = context.texts
  const rows = all.map(({ name, kind, revisions, description }) => [
    name, image[kind], revisions.length, when(context, revisions.at(-1)?.createdAt), description,
  ])
  const head = [columns.image, columns.kind, columns.revisions, columns.newest, columns.description]
  showTable(context, all, head, rows, none)
}

function details(context: Context, found: ImageView): void {
  const { columns, image } = context.texts
  show(context, found, () => [
    `${found.name} · ${image[found.kind]} · ${found.description}`,
    ...table(
      [columns.revision, columns.date, columns.source, columns.partitions, columns.stored, columns.description],
      found.revisions.map((revision) => [
        revision.number, when(context, revision.createdAt), revision.source, partitions(revision),
        formatBytes(revision.storedBytes, context.language), revision.description,
      ]),
    ),
  ])
}
