/** What screens read out of the console's data. Pure functions; the hooks that need a stable result memoise them. */
import type { ClassroomView, ComputerView, GroupView, OperationView, RetryView } from '#shared/contract/views.ts'
import { ComputerState } from '#shared/domain/computer.ts'
import type { ClassroomId, GroupId, OperationId } from '#shared/domain/ids.ts'
import { isFinished } from '#shared/domain/operation.ts'

const natural = new Intl.Collator('es', { numeric: true, sensitivity: 'base' })

/** pc-2 before pc-10. */
export function byName(a: { name: string }, b: { name: string }): number {
  return natural.compare(a.name, b.name)
}

/** Computers in room order: those with a place row by row, then the others by name. */
export function inRoomOrder(a: ComputerView, b: ComputerView): number {
  if (a.position && b.position) return a.position.row - b.position.row || a.position.column - b.position.column
  if (a.position) return -1
  if (b.position) return 1
  return byName(a, b)
}

export function computersOfClassroom(computers: Iterable<ComputerView>, id: ClassroomId): ComputerView[] {
  return [...computers].filter((computer) => computer.classroomId === id).sort(inRoomOrder)
}

/** Of a group and of all groups inside it. */
export function computersOfGroup(computers: Iterable<ComputerView>, groups: readonly GroupView[], id: GroupId): ComputerView[] {
  const inside = new Set<GroupId>([id])
  // Groups may be listed in any order: go on until a pass finds no more.
  for (let found = true; found; ) {
    const more = groups.filter((group) => group.parentId !== undefined && inside.has(group.parentId) && !inside.has(group.id))
    for (const group of more) inside.add(group.id)
    found = more.length > 0
  }
  return [...computers].filter(({ groupId }) => groupId !== undefined && inside.has(groupId)).sort(inRoomOrder)
}

export type StateCounts = ReadonlyMap<ComputerState, number>

/** In the states' own order, those with no computer left out. */
export function countByState(computers: Iterable<ComputerView>): StateCounts {
  const counts = new Map<ComputerState, number>(ComputerState.options.map((state) => [state, 0]))
  for (const { state } of computers) counts.set(state, (counts.get(state) ?? 0) + 1)
  return new Map([...counts].filter(([, count]) => count > 0))
}

/** The marks that go on top of a state. */
export function marksOf({ operation, retry }: ComputerView): { stalled: boolean; failed: boolean } {
  return { stalled: operation?.state === 'running' && operation.stalled !== undefined, failed: operation?.state === 'failed' || retry !== undefined }
}

/** What is to be tried again alike on several computers. */
export interface FailedBatch {
  retry: RetryView
  computers: ComputerView[]
}

export function failedBatches(computers: readonly ComputerView[]): FailedBatch[] {
  const batches = new Map<string, FailedBatch>()
  for (const computer of computers) {
    const { retry } = computer
    if (!retry) continue
    const key = JSON.stringify(retry)
    const batch = batches.get(key)
    if (batch) batch.computers.push(computer)
    else batches.set(key, { retry, computers: [computer] })
  }
  return [...batches.values()]
}

/** What waits behind an operation on its computer as a command of the same deployment: who cancels one cancels the other. */
export function restOfDeployment(operations: ReadonlyMap<OperationId, OperationView>, id: OperationId): OperationView[] {
  const operation = operations.get(id)
  if (operation?.deployment === undefined || isFinished(operation.state)) return []
  const { computerId, deployment } = operation
  return [...operations.values()].filter((each) =>
    each.id > id && each.state === 'queued' && each.computerId === computerId && each.deployment === deployment)
}

export function isRunning(operation: OperationView | undefined): operation is OperationView {
  return operation !== undefined && !isFinished(operation.state)
}

export function classroomsOfSite(classrooms: readonly ClassroomView[], siteId: ClassroomView['siteId']): ClassroomView[] {
  return classrooms.filter((classroom) => classroom.siteId === siteId).sort(byName)
}

/** Newest first. */
export function newestFirst(operations: Iterable<OperationView>): OperationView[] {
  return [...operations].sort((a, b) => b.createdAt - a.createdAt || b.id - a.id)
}
