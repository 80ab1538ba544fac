/** What every command is given. */
import { printable } from '#shared/domain/printable.ts'
import type { Language } from '#shared/i18n/index.ts'
import { connectLocal, type LocalClient } from '../rpc/local/local-client.ts'
import { table, type Cell } from './table.ts'
import type { Texts } from './texts/texts.ts'

export interface Terminal {
  out(text: string): void
  err(text: string): void
  /** Whether a person watches: progress lines and questions make sense. */
  interactive: boolean
  /** Asks for a line; `hidden`: what is typed does not show. */
  ask(question: string, options?: { hidden?: boolean }): Promise<string>
}

export interface Context {
  terminal: Terminal
  language: Language
  texts: Texts
  /** Print JSON, for programs. */
  json: boolean
  /** As the command line or the environment said it; undefined: nobody did. */
  languageAsked: Language | undefined
  /** The console's data folder. */
  data: string
}

/** Runs a command's group; its number is the exit code, a result code. */
export type Command = (context: Context, args: readonly string[]) => Promise<number>

/** Prints a value as JSON, or as lines for people. */
export function show(context: Context, value: unknown, lines: () => readonly string[]): void {
  if (context.json) context.terminal.out(`${JSON.stringify(value, null, 2)}\n`)
  else for (const line of lines()) context.terminal.out(`${printable(line)}\n`)
}

/** A table, or the sentence that there is nothing to show. */
export function showTable(
  context: Context, value: unknown, head: readonly string[], rows: readonly (readonly Cell[])[], none: string,
): void {
  show(context, value, () => (rows.length === 0 ? [none] : table(head, rows)))
}

/** Asks a person whether what is named may go, on so many computers. */
export async function askToErase({ terminal, texts }: Pick<Context, 'terminal' | 'texts'>, computers: number, erases: string): Promise<boolean> {
  return texts.confirmed.test((await terminal.ask(texts.confirm(computers, printable(erases)))).trim())
}

/** Talks to the running console of the data folder. */
export async function withConsole<T>(context: Context, work: (client: LocalClient) => Promise<T>): Promise<T> {
  const client = await connectLocal(context.data)
  try {
    return await work(client)
  } finally {
    client.close()
  }
}
