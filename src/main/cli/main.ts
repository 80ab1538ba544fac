/** `clonaula`: the console from a terminal, or from a script. */
import { ClonaulaError, isAbort, toErrorRecord } from '#shared/domain/errors.ts'
import { printable } from '#shared/domain/printable.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { Language, resultSentence } from '#shared/i18n/index.ts'
import { dataFolder } from '../platform/data-folder.ts'
import { VERSION } from '../platform/version.ts'
import type { Command, Context, Terminal } from './context.ts'
import { textsOf } from './texts/texts.ts'
import { UsageError } from './usage.ts'

/** Each is loaded when it is called: a command without a console has no use for all of one's memory. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./commands/serve.ts')).serve,
  status: async () => (await import('./commands/status.ts')).status,
  doctor: async () => (await import('./commands/doctor.ts')).doctor,
  computers: async () => (await import('./commands/computers.ts')).computers,
  pending: async () => (await import('./commands/pending.ts')).pending,
  cache: async () => (await import('./commands/cache.ts')).cache,
  images: async () => (await import('./commands/images.ts')).images,
  image: async () => (await import('./image/image.ts')).image,
  capture: async () => (await import('./commands/capture.ts')).capture,
  restore: async () => (await import('./commands/restore.ts')).restore,
  deploy: async () => (await import('./commands/deploy.ts')).deploy,
  operations: async () => (await import('./commands/operations.ts')).operations,
  log: async () => (await import('./commands/operations.ts')).log,
  cancel: async () => (await import('./commands/operations.ts')).cancel,
  audit: async () => (await import('./commands/audit.ts')).audit,
  users: async () => (await import('./commands/users.ts')).users,
}

/** What every command takes, wherever it stands in the line. */
interface Globals { data?: string; lang?: string; json: boolean; help: boolean; version: boolean; rest: string[] }

function readGlobals(args: readonly string[]): Globals {
  const globals: Globals = { json: false, help: false, version: false, rest: [] }
  const left = [...args]
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [, name, value] = /^--(data|lang)(?:=(.*))?$/s.exec(arg) ?? []
    if (name === 'data' || name === 'lang') {
      const given = value ?? left.shift()
      if (given === undefined) throw new UsageError('noValue', arg)
      globals[name] = given
    } else if (arg === '--json' || arg === '--help' || arg === '--version') {
      globals[arg.slice(2) as 'json' | 'help' | 'version'] = true
    } else if (arg === '-h') {
      globals.help = true
    } else if (arg === '--') {
      globals.rest.push(arg, ...left.splice(0))
    } else {
      globals.rest.push(arg)
    }
  }
  return globals
}

type Environment = Readonly<Record<string, string | undefined>>

function languageAsked(flag: string | undefined, env: Environment): Language | undefined {
  const asked = flag ?? env['CLONAULA_LANG']
  if (asked === undefined) return undefined
  const language = Language.safeParse(asked)
  if (!language.success) throw new UsageError('expected', asked, '--lang', Language.options.join(', '))
  return language.data
}

/** Spanish for a system that does not say, as everywhere in Clonaula. */
function systemLanguage(env: Environment): Language {
  const locale = env['LC_ALL'] || env['LC_MESSAGES'] || env['LANG'] || ''
  return Language.safeParse(locale.slice(0, 2)).data ?? 'es'
}

/** @returns the exit code, a result code */
export async function main(
  args: readonly string[], terminal: Terminal, env: Environment = process.env,
): Promise<number> {
  let language = systemLanguage(env)
  let json = args.includes('--json')
  let data = ''
  try {
    const globals = readGlobals(args)
    const asked = languageAsked(globals.lang, env)
    language = asked ?? language
    json = globals.json
    data = dataFolder(globals.data)
    const texts = textsOf(language)
    const [name, ...rest] = globals.rest
    if (globals.version) return say(terminal, VERSION)
    if (globals.help) return say(terminal, texts.usage)
    if (name === undefined) throw new UsageError('missing', 'COMMAND')
    const load = Object.hasOwn(commands, name) ? commands[name] : undefined
    if (!load) throw new UsageError('unknownCommand', name)
    const command = await load()
    const context: Context = { terminal, language, texts, json, data, languageAsked: asked }
    return await command(context, rest)
  } catch (error) {
    return fail(error, { terminal, language, json, data })
  }
}

function say(terminal: Terminal, text: string): number {
  terminal.out(`${text}\n`)
  return RESULT.ok
}

type Known = Pick<Context, 'terminal' | 'language' | 'json' | 'data'>

function fail(error: unknown, { terminal, language, json, data }: Known): number {
  const texts = textsOf(language)
  const record = toErrorRecord(error)
  if (error instanceof UsageError) record.params = { problem: texts.usageProblems[error.problem](...error.words) }
  const noConsole = error instanceof ClonaulaError && error.result === 'notFound' && error.params['what'] === data
  const sentence = noConsole ? texts.noConsole(data) : resultSentence(language, record.code, record.params)
  const known = error instanceof ClonaulaError || isAbort(error)
  if (json) terminal.err(`${JSON.stringify({ error: { ...record, sentence } })}\n`)
  else terminal.err(`${printable(texts.error(sentence, known ? '' : record.message))}\n`)
  return record.code
}
