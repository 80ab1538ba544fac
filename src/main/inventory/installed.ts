/** What computers' disks hold, as far as this console put it there. */
import type { DiskTarget } from '#shared/domain/disk.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import type { Database } from './database.ts'

export interface Installed {
  /** What was restored last onto a partition, by itself or with its whole disk; undefined: nothing, or that did not end well. */
  find(computer: ComputerId, target: DiskTarget): { image: string; revision: number } | undefined
}

interface Row { state: string; image: string; revision: number }

export function createInstalled(db: Database): Installed {
  const last = db.prepare<[number, number, number | null], Row>(`
    SELECT state, json_extract(task, '$.image') AS image, json_extract(task, '$.revision') AS revision
    FROM operations
    WHERE computer_id = ? AND started_at IS NOT NULL AND json_extract(task, '$.kind') = 'restore' AND json_extract(task, '$.target.disk') = ?
      AND (json_extract(task, '$.target.partition') IS NULL OR json_extract(task, '$.target.partition') = ?)
    ORDER BY id DESC LIMIT 1`)
  return {
    find(computer, { disk, partition }) {
      const row = last.get(computer, disk, partition ?? null)
      return row?.state === 'succeeded' ? { image: row.image, revision: row.revision } : undefined
    },
  }
}
