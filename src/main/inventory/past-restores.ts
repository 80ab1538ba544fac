/** What restores took that went well: what the next ones are measured by. */
import type { PastRestore } from '#shared/domain/estimate.ts'
import { ClassroomId } from '#shared/domain/ids.ts'
import type { RestoreMethod } from '#shared/domain/method.ts'
import type { Database } from './database.ts'

/** Operations that are looked through, the newest ones: what a room was like years ago tells nothing. */
const LOOKED_THROUGH = 5000
const ENOUGH = 300

export interface PastRestores {
  /**
   * The newest ones that came by a method; `cached`: out of a CACHE that had the image already.
   * Of computers that are no longer known there is no room.
   */
  list(method: RestoreMethod, cached: boolean): (PastRestore & { classroomId?: ClassroomId })[]
}

interface Row { started_at: number; finished_at: number; bytes: number; classroom_id: number | null }

export function createPastRestores(db: Database): PastRestores {
  const newest = db.prepare<[string, number], Row>(`
    SELECT started_at, finished_at, classroom_id,
      json_extract(outcome, '$.figures.bytesWritten') + ifnull(json_extract(outcome, '$.figures.bytesKept'), 0) AS bytes
    FROM operations LEFT JOIN computers ON computers.id = computer_id
    WHERE operations.id > (SELECT max(id) FROM operations) - ${LOOKED_THROUGH}
      AND state = 'succeeded' AND started_at IS NOT NULL AND json_extract(task, '$.kind') = 'restore'
      AND json_extract(task, '$.method') = ? AND ifnull(json_extract(task, '$.cached'), 0) = ?
    ORDER BY operations.id DESC LIMIT ${ENOUGH}`)
  return {
    list: (method, cached) => newest.all(method, Number(cached)).map((row) => ({
      startedAt: row.started_at,
      finishedAt: row.finished_at,
      bytes: row.bytes,
      ...(row.classroom_id === null ? {} : { classroomId: ClassroomId.parse(row.classroom_id) }),
    })),
  }
}
