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

/** The same requests for the computers that can; those with none left are gone. */
export function acceptedRequests<R extends Request>(planned: readonly Planned<R>[]): R[] {
  return planned.flatMap(({ request, rows }) => {
    const computers = rows.filter(({ ok }) => ok).map(({ computerId }) => computerId)
    return computers.length > 0 ? [{ ...request, computers }] : []
  })
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
