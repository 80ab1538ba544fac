import { describe, expect, test } from 'vitest'
import { GroupId } from '#shared/domain/ids.ts'
import { classroom, computer, operation } from '../testing/rows.ts'
import { computersOfGroup, countByState, failedBatches, inRoomOrder, marksOf } from './selectors.ts'

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
})

describe('what failed, to be tried again', () => {
  const failed = (id: number, changes = {}) =>
    computer(id, { operation: operation(id, { state: 'failed', imageName: 'win', target: { disk: 1, partition: 1 }, ...changes }) })

  test('computers that failed at the same thing are together', () => {
    const batches = failedBatches([failed(1), failed(2), failed(3, { imageName: 'linux' })])
    expect(batches.map(({ imageName, computers }) => [imageName, names(computers)])).toEqual([['win', ['pc-01', 'pc-02']], ['linux', ['pc-03']]])
  })

  test('a deployment’s update of the CACHE is too; one that was asked for without a command is not', () => {
    const [command, other] = ['updateCache REPO /win UNICAST', 'updateCache REPO /win TORRENT']
    const batches = failedBatches([1, 2, 3, 4].map((id) => failed(id, { kind: 'updateCache', ...(id < 4 && { command: id < 3 ? command : other }) })))
    expect(batches.map(({ operation, computers }) => [operation.command, names(computers)])).toEqual([[command, ['pc-01', 'pc-02']], [other, ['pc-03']]])
  })

  test('only restores whose last word is failure', () => {
    expect(failedBatches([computer(1), failed(2, { state: 'succeeded' }), failed(3, { kind: 'capture' }), failed(4, { state: 'cancelled' })])).toEqual([])
  })
})
