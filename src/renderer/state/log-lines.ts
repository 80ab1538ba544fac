import type { LogLineView } from '#shared/contract/views.ts'

/** Lines kept on the screen; the console keeps them all. */
const LINES_KEPT = 10_000

/** Both in the order of their ids, each line once, the oldest dropped beyond what is kept. */
export function mergeLines(before: readonly LogLineView[], more: readonly LogLineView[]): readonly LogLineView[] {
  const last = before.at(-1)?.id ?? 0
  // The usual case: new lines follow the known ones.
  if (more.every((line, index) => line.id > (more[index - 1]?.id ?? last))) return [...before, ...more].slice(-LINES_KEPT)
  const all = new Map([...before, ...more].map((line) => [line.id, line]))
  return [...all.values()].sort((a, b) => a.id - b.id).slice(-LINES_KEPT)
}
