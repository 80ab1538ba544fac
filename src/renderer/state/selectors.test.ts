import { describe, expect, test } from 'vitest'
import type { OperationView, RetryView } from '#shared/contract/views.ts'
import { ComputerId, GroupId, OperationId } from '#shared/domain/ids.ts'
import { classroom, computer, operation } from '../testing/rows.ts'
import { byId } from './by-id.ts'
import { computersOfGroup, countByState, failedBatches, inRoomOrder, marksOf, restOfDeployment } from './selectors.ts'

const names = (rows: readonly { name: string }[]): string[] => rows.map(({ name }) => name)

describe('room order', () => {
  test('places go row by row, then come the others by name, numbers as numbers', () => {
    const rows = [
      computer(10), computer(2), computer(3, { position: { column: 1, row: 0 } }), computer(4, { position: { column: 0, row: 1 } }),
      computer(5, { position: { column: 0, row: 0 } }),
    ]
    expect(names(rows.sort(inRoomOrder))).toEqual(['pc-05', 'pc-03', 'pc-04', 'pc-02', 'pc-10'])
  })
})

test('a group holds the computers of the groups inside it', () => {
  const group = (id: number, parent?: number) => ({
    id: GroupId.parse(id), classroomId: classroom.id, name: `g${id}`, ...(parent !== undefined && { parentId: GroupId.parse(parent) }),
  })
  const groups = [group(3, 2), group(2, 1), group(1), group(4)]
  const rows = [1, 2, 3, 4].map((id) => computer(id, { groupId: GroupId.parse(id) }))
  expect(names(computersOfGroup(rows, groups, GroupId.parse(1)))).toEqual(['pc-01', 'pc-02', 'pc-03'])
})

test('counts come in the order of the states, without empty ones', () => {
  const rows = [computer(1, { state: 'busy' }), computer(2, { state: 'off' }), computer(3, { state: 'busy' })]
  expect([...countByState(rows)]).toEqual([['off', 1], ['busy', 2]])
})

describe('marks', () => {
  test('stalled is not failed', () => {
    expect(marksOf(computer(1, { operation: operation(1, { stalled: 'silent' }) }))).toEqual({ stalled: true, failed: false })
    expect(marksOf(computer(1, { operation: operation(1, { state: 'failed', stalled: 'silent' }) }))).toEqual({ stalled: false, failed: true })
    expect(marksOf(computer(1))).toEqual({ stalled: false, failed: false })
  })

  test('what failed is told also when something behind it went well', () => {
    const retry: RetryView = { kind: 'deploy', image: 'win', commands: 'updateCache REPO /win@1 UNICAST' }
    expect(marksOf(computer(1, { operation: operation(1, { state: 'succeeded' }), retry })).failed).toBe(true)
  })
})

describe('what failed, to be tried again', () => {
  const retry: RetryView = { kind: 'deploy', image: 'win', commands: 'updateCache REPO /win@1 UNICAST' }

  test('computers that failed at the same thing are together; those that have nothing to repeat are left out', () => {
    const other = { ...retry, commands: 'updateCache REPO /win@1 TORRENT' }
    const rows = [computer(1, { retry }), computer(2, { retry: { ...retry } }), computer(3, { retry: other }), computer(4)]
    expect(failedBatches(rows).map((batch) => [batch.retry, names(batch.computers)])).toEqual([[retry, ['pc-01', 'pc-02']], [other, ['pc-03']]])
  })
})

describe('what is cancelled with a command of a deployment', () => {
  const ours = { deployment: 'a'.repeat(64) }
  const behind = (id: number, ...changes: Partial<OperationView>[]): number[] =>
    restOfDeployment(byId(changes.map((each, at) => operation(at + 1, { state: 'queued', ...each }))), OperationId.parse(id)).map((each) => each.id)

  test('is what waits behind it, on its computer and of its deployment', () => {
    const rows: Partial<OperationView>[] = [
      { ...ours, state: 'succeeded' }, { ...ours, state: 'running' }, ours, { ...ours, computerId: ComputerId.parse(2) }, { ...ours, state: 'cancelled' }, ours,
      { deployment: 'b'.repeat(64) }, {},
    ]
    expect(behind(2, ...rows)).toEqual([3, 6])
    expect(behind(3, ...rows)).toEqual([6])
    expect(behind(6, ...rows)).toEqual([])
  })

  test('is nothing with what is over, with what stands alone, and with what is not known', () => {
    expect(behind(1, { ...ours, state: 'failed' }, ours)).toEqual([])
    expect(behind(1, { state: 'running' }, {})).toEqual([])
    expect(behind(9, ours)).toEqual([])
  })
})
