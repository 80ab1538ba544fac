/** Who may log in from a browser: works on the data folder, with or without a running console. */
import { readFileSync } from 'node:fs'
import { ROLES, type Role } from '#shared/contract/people.ts'
import { makeDataFolder } from '../../platform/data-folder.ts'
import { openUsers } from '../../rpc/web/users.ts'
import { show, showTable, type Command, type Context } from '../context.ts'
import { parseCommand, positionals, UsageError } from '../usage.ts'

export const users: Command = async (context, [action = 'list', ...args]) => {
  if (action === 'list') list(context, args)
  else if (action === 'add') await add(context, args)
  else if (action === 'remove') remove(context, args)
  else throw new UsageError('unknownCommand', `users ${action}`)
  return 0
}

function list(context: Context, args: readonly string[]): void {
  positionals(parseCommand(args, {}).positionals)
  const all = openUsers(context.data).list().map(({ name, role, createdAt }) => ({ name, role, createdAt }))
  const { columns, none } = context.texts
  showTable(context, all, [columns.user, columns.role], all.map(({ name, role }) => [name, role]), none)
}

async function add(context: Context, args: readonly string[]): Promise<void> {
  const { values, positionals: rest } = parseCommand(args, {
    role: { type: 'string', default: 'technician' },
    'password-file': { type: 'string' },
  })
  const [name] = positionals(rest, 'NAME')
  const role = ROLES.find((each): each is Role => each === values.role)
  if (!role) throw new UsageError('expected', values.role, '--role', ROLES.join(', '))
  const file = values['password-file']
  const password = file === undefined ? await askPassword(context) : readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  makeDataFolder(context.data)
  await openUsers(context.data).set(name, password, role)
  show(context, { name, role }, () => [context.texts.userSet(name, role)])
}

function remove(context: Context, args: readonly string[]): void {
  const [name] = positionals(parseCommand(args, {}).positionals, 'NAME')
  openUsers(context.data).remove(name)
  show(context, { name }, () => [context.texts.userRemoved(name)])
}

async function askPassword({ terminal, texts }: Context): Promise<string> {
  if (!terminal.interactive) throw new UsageError('missing', '--password-file')
  const password = await terminal.ask(texts.password, { hidden: true })
  if ((await terminal.ask(texts.passwordAgain, { hidden: true })) !== password) throw new UsageError('passwordsDiffer')
  return password
}
