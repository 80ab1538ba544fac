/** What went wrong, in the words of the tool that said it; short enough for a sentence. */
export function problemOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300)
}
