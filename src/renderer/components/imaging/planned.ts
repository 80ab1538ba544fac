/** What the console thinks of requests, computer by computer, and what is then asked of it. Pure. */
import type { ClassroomView, ComputerView, RestorePlanRow } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'

/** Anything that is asked for computers, by their ids, and can be planned before. */
export interface Request {
  computers: number[]
}

export interface Planned<R extends Request> {
  request: R
  rows: RestorePlanRow[]
}

/** What a computer loses. */
export type Loss = Pick<RestorePlanRow, 'computerId' | 'computerName' | 'erases'>

/** The same requests for the computers that can; those with none left are gone. */
export function acceptedRequests<R extends Request>(planned: readonly Planned<R>[]): R[] {
  return planned.flatMap(({ request, rows }) => {
    const computers = rows.filter(({ ok }) => ok).map(({ computerId }) => computerId)
    return computers.length > 0 ? [{ ...request, computers }] : []
  })
}

/** Starts each request once: called again after a failure half-way, it goes on with those that are left. */
export function startEach<R>(requests: readonly R[], start: (request: R) => Promise<unknown>): () => Promise<void> {
  const left = [...requests]
  return async () => {
    for (let next = left[0]; next !== undefined; next = left[0]) {
      await start(next)
      left.shift()
    }
  }
}

export function computersOf(rows: readonly Pick<RestorePlanRow, 'computerId'>[]): Set<ComputerId> {
  return new Set(rows.map(({ computerId }) => computerId))
}

/** What goes on those that can: of each computer at once, and each thing once, whichever commands erase it. */
export function lossesOf(rows: readonly RestorePlanRow[]): Loss[] {
  const losses = new Map<ComputerId, Loss>()
  for (const { computerId, computerName, ok, erases } of rows) {
    if (!ok || erases.length === 0) continue
    const before = losses.get(computerId)?.erases ?? []
    losses.set(computerId, { computerId, computerName, erases: [...new Set([...before, ...erases])] })
  }
  return [...losses.values()]
}

/** Classrooms of two computers or more that would be erased to the last one. */
export function wholeClassrooms(
  classrooms: readonly ClassroomView[],
  computers: readonly ComputerView[],
  erased: ReadonlySet<ComputerId>,
): ClassroomView[] {
  return classrooms.filter(({ id }) => {
    const own = computers.filter(({ classroomId }) => classroomId === id)
    return own.length > 1 && own.every((computer) => erased.has(computer.id))
  })
}
