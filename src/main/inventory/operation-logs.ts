/** What the agents printed while they worked. */
import { LogLine } from '#shared/contract/agent.ts'
import { OperationId } from '#shared/domain/ids.ts'
import type { LogLineView } from '#shared/contract/views.ts'
import { relaxed, type Database } from './database.ts'

/** Lines of one operation; of an agent that prints more, the last ones are kept. */
export const LINES_PER_OPERATION = 5000

export interface OperationLogs {
  /** @returns the lines as they were kept, with their numbers. */
  add(operation: OperationId, lines: readonly LogLine[]): LogLineView[]
  /** Those with numbers above `after`, oldest first. */
  list(operation: OperationId, after: number): LogLineView[]
}

interface LineRow { id: number; operation_id: number; at: number; level: string; text: string }

export function createOperationLogs(db: Database): OperationLogs {
  const add = db.prepare<[number, number, string, string], LineRow>(
    'INSERT INTO operation_logs (operation_id, at, level, text) VALUES (?, ?, ?, ?) RETURNING *')
  const trim = db.prepare<[number, number, number]>(`
    DELETE FROM operation_logs WHERE operation_id = ? AND id <=
      (SELECT id FROM operation_logs WHERE operation_id = ? ORDER BY id DESC LIMIT 1 OFFSET ?)`)
  const after = db.prepare<[number, number], LineRow>('SELECT * FROM operation_logs WHERE operation_id = ? AND id > ? ORDER BY id')
  const addAll = db.transaction((operation: OperationId, lines: readonly LogLine[]) => {
    const rows = lines.flatMap(({ at, level, text }) => add.all(operation, at, level, text))
    trim.run(operation, operation, LINES_PER_OPERATION)
    return rows.map(lineView)
  })
  return {
    add: (operation, lines) => relaxed(db, () => addAll(operation, lines)),
    list: (operation, from) => after.all(operation, from).map(lineView),
  }
}

function lineView(row: LineRow): LogLineView {
  return { id: row.id, operationId: OperationId.parse(row.operation_id), ...LogLine.parse(row) }
}
