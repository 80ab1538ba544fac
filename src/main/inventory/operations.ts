/** Every operation that was ever asked for, from before it runs until after its computer is gone. */
import { Outcome } from '#shared/contract/agent.ts'
import { ComputerId, OperationId, type Sha256Hex } from '#shared/domain/ids.ts'
import { OperationState } from '#shared/domain/operation.ts'
import { Progress } from '#shared/domain/progress.ts'
import { OperationTask } from '../operations/task.ts'
import { notFound } from './constraints.ts'
import type { Database } from './database.ts'

/** Operations that are over and still known; with them their logs. Years of a classroom, months of a campus. */
export const OPERATIONS_KEPT = 20_000

export interface OperationRecord {
  id: OperationId
  computerId: ComputerId
  /** As it was called then. */
  computerName: string
  state: OperationState
  task: OperationTask
  requestedBy: string
  createdAt: number
  startedAt?: number
  /** When its agent was first heard to have it. */
  confirmedAt?: number
  finishedAt?: number
  /** The number that a capture's revision was given. */
  revision?: number
  /** The last that was heard before it ended. */
  progress?: Progress
  outcome?: Outcome
}

export interface NewOperation {
  computerId: ComputerId
  computerName: string
  task: OperationTask
  requestedBy: string
}

export interface Ending {
  state: 'succeeded' | 'failed' | 'cancelled'
  outcome: Outcome
  progress?: Progress | undefined
}

export interface OperationStore {
  /** Always `queued`. */
  create(operation: NewOperation): OperationRecord
  /** @throws `notFound` */
  get(id: OperationId): OperationRecord
  find(id: OperationId): OperationRecord | undefined
  /** The newest first; of one computer, or of all. */
  list(computer: ComputerId | undefined, limit: number): OperationRecord[]
  running(): OperationRecord[]
  /** What runs and what waits. */
  unfinished(): OperationRecord[]
  runningOn(computer: ComputerId): OperationRecord | undefined
  /** In the order in which they are to run. */
  queued(computer: ComputerId): OperationRecord[]
  /** Computers for which something waits. */
  queues(): ComputerId[]
  /** What a computer runs, or else ran (or was refused) last. */
  latest(computer: ComputerId): OperationRecord | undefined
  /** The last that is over or running and was no restart and no shutdown. */
  latestWork(computer: ComputerId): OperationRecord | undefined
  /** The commands of a deployment on a computer, by its plan's name, in the order in which they are to run. */
  ofDeployment(computer: ComputerId, id: Sha256Hex): OperationRecord[]
  /** The first that waits for a computer: `queued` → `running`. @throws `notFound` nothing waits */
  startNext(computer: ComputerId): OperationRecord
  confirm(id: OperationId): void
  /** Which revision a capture became. */
  setRevision(id: OperationId, revision: number): void
  /** Ends what is not over yet; false when it is. */
  finish(id: OperationId, ending: Ending): boolean
}

interface OperationRow {
  id: number
  computer_id: number
  computer_name: string
  state: string
  task: string
  requested_by: string
  created_at: number
  started_at: number | null
  confirmed_at: number | null
  finished_at: number | null
  revision: number | null
  progress: string | null
  outcome: string | null
}

interface EndingRow {
  id: number
  state: string
  now: number
  outcome: string
  progress: string | null
}

export function createOperationStore(db: Database, now: () => number): OperationStore {
  const add = db.prepare<[number, string, string, string, number]>(`
    INSERT INTO operations (computer_id, computer_name, state, task, requested_by, created_at)
    VALUES (?, ?, 'queued', ?, ?, ?)`)
  const one = db.prepare<[number], OperationRow>('SELECT * FROM operations WHERE id = ?')
  const newest = db.prepare<[number], OperationRow>('SELECT * FROM operations ORDER BY id DESC LIMIT ?')
  const newestOf = db.prepare<[number, number], OperationRow>(
    'SELECT * FROM operations WHERE computer_id = ? ORDER BY id DESC LIMIT ?')
  const allRunning = db.prepare<[], OperationRow>(`SELECT * FROM operations WHERE state = 'running' ORDER BY id`)
  const allUnfinished = db.prepare<[], OperationRow>(`SELECT * FROM operations WHERE state IN ('queued', 'running') ORDER BY id`)
  const runningOf = db.prepare<[number], OperationRow>(`SELECT * FROM operations WHERE computer_id = ? AND state = 'running'`)
  const queuedOf = db.prepare<[number], OperationRow>(
    `SELECT * FROM operations WHERE computer_id = ? AND state = 'queued' ORDER BY id`)
  const waiting = db.prepare<[], { computer_id: number }>(`SELECT DISTINCT computer_id FROM operations WHERE state = 'queued'`)
  const lastOf = db.prepare<[number], { id: number }>(
    `SELECT id FROM operations WHERE computer_id = ? AND state <> 'queued' ORDER BY id DESC LIMIT 1`)
  const lastWorkOf = db.prepare<[number], OperationRow>(`
    SELECT * FROM operations WHERE computer_id = ? AND state <> 'queued' AND task ->> '$.kind' NOT IN ('restart', 'shutdown') ORDER BY id DESC LIMIT 1`)
  const deployed = db.prepare<[number, string], OperationRow>(
    `SELECT * FROM operations WHERE computer_id = ? AND task ->> '$.deployment.id' = ? ORDER BY id`)
  const begin = db.prepare<[number, number], OperationRow>(`
    UPDATE operations SET state = 'running', started_at = ?
    WHERE id = (SELECT min(id) FROM operations WHERE computer_id = ? AND state = 'queued') RETURNING *`)
  const hear = db.prepare<[number, number]>('UPDATE operations SET confirmed_at = ? WHERE id = ? AND confirmed_at IS NULL')
  const number = db.prepare<[number, number]>('UPDATE operations SET revision = ? WHERE id = ?')
  const end = db.prepare<[EndingRow]>(`
    UPDATE operations SET state = @state, finished_at = @now, outcome = @outcome, progress = @progress
    WHERE id = @id AND state IN ('queued', 'running')`)
  const trim = db.prepare<[number]>(`DELETE FROM operations WHERE id <= ? AND state NOT IN ('queued', 'running')`)
  /** Of each computer, as parsed: what is over does not change, and lists of computers have it every time. */
  const lastOver = new Map<ComputerId, OperationRecord>()

  const find = (id: OperationId): OperationRecord | undefined => recordOf(one.get(id))
  const get = (id: OperationId): OperationRecord => {
    const found = find(id)
    if (!found) throw notFound(`operation ${id}`)
    return found
  }
  const latest = (computer: ComputerId): OperationRecord | undefined => {
    const running = recordOf(runningOf.get(computer))
    if (running) return running
    const last = lastOf.get(computer)
    const known = lastOver.get(computer)
    if (!last || last.id === known?.id) return last && known
    const found = recordOf(one.get(last.id))
    // What is written in a transaction may yet be changed, or taken back.
    if (found && !db.inTransaction) lastOver.set(computer, found)
    return found
  }
  return {
    create({ computerId, computerName, task, requestedBy }) {
      const { lastInsertRowid } = add.run(computerId, computerName, JSON.stringify(task), requestedBy, now())
      trim.run(Number(lastInsertRowid) - OPERATIONS_KEPT)
      return get(OperationId.parse(Number(lastInsertRowid)))
    },
    get,
    find,
    list: (computer, limit) => (computer === undefined ? newest.all(limit) : newestOf.all(computer, limit)).map(record),
    running: () => allRunning.all().map(record),
    unfinished: () => allUnfinished.all().map(record),
    runningOn: (computer) => recordOf(runningOf.get(computer)),
    queued: (computer) => queuedOf.all(computer).map(record),
    queues: () => waiting.all().map((row) => ComputerId.parse(row.computer_id)),
    latest,
    latestWork: (computer) => recordOf(lastWorkOf.get(computer)),
    ofDeployment: (computer, id) => deployed.all(computer, id).map(record),
    startNext(computer) {
      const row = begin.get(now(), computer)
      if (!row) throw notFound(`an operation that waits for computer ${computer}`)
      return record(row)
    },
    confirm: (id) => void hear.run(now(), id),
    setRevision: (id, revision) => void number.run(revision, id),
    finish: (id, { state, outcome, progress }) => end.run({
      id,
      state,
      now: now(),
      outcome: JSON.stringify(outcome),
      progress: progress ? JSON.stringify(progress) : null,
    }).changes === 1,
  }
}

function recordOf(row: OperationRow | undefined): OperationRecord | undefined {
  return row && record(row)
}

function record(row: OperationRow): OperationRecord {
  return {
    id: OperationId.parse(row.id),
    computerId: ComputerId.parse(row.computer_id),
    computerName: row.computer_name,
    state: OperationState.parse(row.state),
    task: OperationTask.parse(JSON.parse(row.task)),
    requestedBy: row.requested_by,
    createdAt: row.created_at,
    ...(row.started_at === null ? {} : { startedAt: row.started_at }),
    ...(row.confirmed_at === null ? {} : { confirmedAt: row.confirmed_at }),
    ...(row.finished_at === null ? {} : { finishedAt: row.finished_at }),
    ...(row.revision === null ? {} : { revision: row.revision }),
    ...(row.progress === null ? {} : { progress: Progress.parse(JSON.parse(row.progress)) }),
    ...(row.outcome === null ? {} : { outcome: Outcome.parse(JSON.parse(row.outcome)) }),
  }
}
