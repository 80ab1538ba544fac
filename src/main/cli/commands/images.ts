import type { ImageView, RevisionView } from '#shared/contract/views.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { show, showTable, withConsole, type Command, type Context } from '../context.ts'
import { findImage } from '../targets.ts'
import { table } from '../table.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'

export const images: Command = async (context, [action = 'list', ...args]) => {
  const { positionals: rest } = parseCommand(args, {})
  if (action === 'list') {
    positionals(rest)
    list(context, await withConsole(context, (client) => client.call('images.list', {})))
  } else if (action === 'show') {
    const [name] = positionals(rest, 'IMAGE')
    details(context, await withConsole(context, (client) => findImage(client, name)))
  } else {
    throw new UsageError('unknownCommand', `images ${action}`)
  }
  return 0
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
