import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** What can be wrong with a command line; the sentence of each is in texts/. */
export type UsageProblem =
  | 'missing' | 'extra' | 'unknownCommand' | 'unknownOption' | 'badOption' | 'noValue' | 'expected' | 'ambiguous'
  | 'computersOrClassroom' | 'runOrParts' | 'useless' | 'emptyClassroom' | 'passwordsDiffer'

/** Something in the command line is not as it should be. */
export class UsageError extends ClonaulaError {
  readonly problem: UsageProblem
  /** What the sentence names: words of the command line, what was expected. */
  readonly words: readonly string[]

  constructor(problem: UsageProblem, ...words: string[]) {
    super('invalidRequest', [problem, ...words].join(' '))
    this.problem = problem
    this.words = words
  }
}

interface Config<O extends ParseArgsOptionsConfig> { options: O; args: string[]; allowPositionals: true }
type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<Config<O>>>
type Strings<N extends readonly string[]> = { [K in keyof N]: string }

/** `parseArgs`, its complaints as usage errors. */
export function parseCommand<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true } satisfies ParseArgsConfig)
  } catch (error) {
    throw optionError(error)
  }
}

/** Node says which option it is between quotes, in a sentence of its own. */
function optionError(error: unknown): UsageError {
  const { code, message } = error as NodeJS.ErrnoException
  const option = /'([^']+)'/.exec(message)?.[1] ?? message
  return new UsageError(code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION' ? 'unknownOption' : 'badOption', option)
}

/** The positional arguments, as many as there must be. @param names as the usage calls them */
export function positionals<N extends readonly string[]>(given: readonly string[], ...names: N): Strings<N> {
  if (given.length > names.length) throw new UsageError('extra', given[names.length] ?? '')
  return atLeast(given, ...names)
}

/** As `positionals`, with more allowed to follow. */
export function atLeast<N extends readonly string[]>(given: readonly string[], ...names: N): Strings<N> {
  const missing = names[given.length]
  if (missing !== undefined) throw new UsageError('missing', missing)
  return given.slice(0, names.length) as Strings<N>
}

/** A whole number of an option. */
export function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new UsageError('expected', text, name, '0, 1, 2 …')
  return Number(text)
}

/** One of some words. */
export function oneOf<T extends string>(value: string, name: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value)
  if (found === undefined) throw new UsageError('expected', value, name, choices.join(', '))
  return found
}
