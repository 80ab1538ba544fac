export type ById<T extends { id: number }> = Map<T['id'], T>

export function byId<T extends { id: number }>(rows: readonly T[]): ById<T> {
  return new Map(rows.map((row) => [row.id, row]))
}
