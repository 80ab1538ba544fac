/** Rows as text with aligned columns; numbers end where their column ends. */
export type Cell = string | number

const width = (text: string): number => Array.from(text).length

/** @param head column titles. @returns lines without spaces at their ends; none at all for no rows. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string[] {
  if (rows.length === 0) return []
  const texts = [head, ...rows.map((row) => row.map(String))]
  const widths = head.map((_, column) => Math.max(...texts.map((row) => width(row[column] ?? ''))))
  const numeric = head.map((_, column) => rows.every((row) => typeof row[column] === 'number'))
  const line = (row: readonly string[]): string =>
    widths
      .map((room, column) => {
        const text = row[column] ?? ''
        const gap = ' '.repeat(room - width(text))
        return numeric[column] ? gap + text : text + gap
      })
      .join('  ')
      .trimEnd()
  return texts.map(line)
}
