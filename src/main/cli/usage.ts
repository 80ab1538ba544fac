import { parseArgs, type ParseArgsConfig, type ParseArgsOptionsConfig } from 'node:util'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Something in the command line is not as it should be. */
export function usageError(problem: string): ClonaulaError {
  return new ClonaulaError('invalidRequest', problem, { problem })
}

interface Config<O extends ParseArgsOptionsConfig> { options: O; args: string[]; allowPositionals: true }
type Parsed<O extends ParseArgsOptionsConfig> = ReturnType<typeof parseArgs<Config<O>>>
type Strings<N extends readonly string[]> = { [K in keyof N]: string }

/** `parseArgs`, its complaints as usage errors. */
export function parseCommand<O extends ParseArgsOptionsConfig>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true } satisfies ParseArgsConfig)
  } catch (error) {
    throw usageError(error instanceof Error ? error.message : String(error))
  }
}

/** The positional arguments, as many as there must be. @param names as the usage calls them */
export function positionals<N extends readonly string[]>(given: readonly string[], ...names: N): Strings<N> {
  if (given.length > names.length) throw usageError(`"${given[names.length]}" is one too many`)
  return atLeast(given, ...names)
}

/** As `positionals`, with more allowed to follow. */
export function atLeast<N extends readonly string[]>(given: readonly string[], ...names: N): Strings<N> {
  const missing = names[given.length]
  if (missing !== undefined) throw usageError(`${missing} is missing`)
  return given.slice(0, names.length) as Strings<N>
}

/** A whole number of an option. */
export function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${name}: a whole number expected, not "${text}"`)
  return Number(text)
}
