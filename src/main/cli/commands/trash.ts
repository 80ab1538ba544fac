/** `images list --trash`, `images trash`, `images untrash`, `images purge`: called as those of `clonaula image`. */
import type { Client } from '#shared/contract/rpc.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { printable } from '#shared/domain/printable.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { show, showTable, type Context } from '../context.ts'
import { findImage, same } from '../targets.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'

type Action = (context: Context, client: Client, args: readonly string[]) => Promise<number>

/** `Win11 base@3`. */
function parseRevision(text: string): { name: string; revision: number } {
  const [, name, digits] = /^(.+)@([1-9]\d{0,8})$/.exec(text) ?? []
  if (name === undefined) throw new UsageError('expected', text, 'IMAGE@REVISION', 'Win11@3')
  return { name, revision: Number(digits) }
}

export const trash: Action = async (context, client, args) => {
  const [text] = positionals(parseCommand(args, {}).positionals, 'IMAGE@REVISION')
  const { name, revision } = parseRevision(text)
  const { id } = await findImage(client, name)
  await client.call('images.remove', { id, revision })
  show(context, { image: name, revision }, () => [context.texts.trashed(`${name}@${revision}`)])
  return RESULT.ok
}

export async function listTrash(context: Context, client: Client): Promise<void> {
  const { columns, none } = context.texts
  const found = await client.call('trash.list', {})
  const when = (at: number): string => new Date(at).toLocaleString(context.language)
  showTable(
    context, found, [columns.image, columns.revision, columns.date, columns.trashed],
    found.map(({ image, number, createdAt, trashedAt }) => [image, number, when(createdAt), when(trashedAt)]),
    none,
  )
}

export const untrash: Action = async (context, client, args) => {
  const [text] = positionals(parseCommand(args, {}).positionals, 'IMAGE@REVISION')
  const { name, revision } = parseRevision(text)
  const found = (await client.call('trash.list', {})).find(({ image, number }) => same(image, name) && number === revision)
  if (!found) throw new ClonaulaError('notFound', `no ${text} in the trash`, { what: text })
  await client.call('trash.putBack', { id: found.imageId, revision })
  show(context, { image: found.image, revision }, () => [context.texts.ok])
  return RESULT.ok
}

/** Shows what goes and asks on a terminal; a program says `--yes`, or is only shown it. */
export const purge: Action = async (context, client, args) => {
  const { values, positionals: rest } = parseCommand(args, { yes: { type: 'boolean', default: false } })
  positionals(rest)
  const { texts, terminal } = context
  const plan = await client.call('trash.plan', {})
  const names = plan.revisions.map(({ image, number }) => `${image}@${number}`).join(', ') || texts.none
  const question = texts.purge(names, formatBytes(plan.bytes, context.language))
  if (!values.yes) {
    if (context.json || !terminal.interactive) {
      show(context, plan, () => [question])
      return RESULT.ok
    }
    if (!texts.confirmed.test((await terminal.ask(`${printable(question)} ${texts.goOn}`)).trim())) return RESULT.cancelled
  }
  const emptied = await client.call('trash.empty', { plan: plan.plan })
  show(context, emptied, () => [texts.purged(formatBytes(emptied.bytes, context.language))])
  return RESULT.ok
}
