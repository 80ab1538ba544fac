import type { Language } from '#shared/i18n/index.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Context } from '../context.ts'

/** What a subcommand of `clonaula image` is given. */
export interface ImageContext extends Context {
  /** Aborted by Ctrl-C and SIGTERM; everything that was begun can be taken up again. */
  signal: AbortSignal
  /** Draws the progress line of a terminal; nothing for programs. */
  onProgress: NonNullable<SlowOptions['onProgress']>
  /** Prints a line for people, above the progress line; nothing with `--json`. */
  say: (line: string) => void
}

/** A subcommand of `clonaula image`, in a file of its own with its texts. It needs no running console. */
export interface ImageCommand {
  /** Its lines of the usage, without `clonaula image`: the form, and what it does. */
  usage: Readonly<Record<Language, string>>
  /** @returns the exit code, a result code */
  run(context: ImageContext, args: readonly string[]): Promise<number>
}
