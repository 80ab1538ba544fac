import { describe, expect, test } from 'vitest'
import { computer, operation } from '../testing/rows.ts'
import { byId } from './by-id.ts'
import { applyChanges, OPERATIONS_KEPT, staleAfter, type Change } from './changes.ts'
import { emptyConsole } from './console-store.ts'

const changed = (id: number, changes = {}): Change => ({ event: 'computer.changed', data: computer(id, changes) })

describe('applying changes', () => {
  test('the last change of a row wins, in one step', () => {
    const next = applyChanges(emptyConsole, [changed(1, { state: 'starting' }), changed(2), changed(1, { state: 'busy' })])
    expect([...(next.computers?.values() ?? [])].map(({ id, state }) => [id, state])).toEqual([[1, 'busy'], [2, 'waiting']])
  })

  test('what did not change keeps its identity, so that it is not drawn again', () => {
    const one = computer(1)
    const data = { ...emptyConsole, computers: byId([one]) }
    const next = applyChanges(data, [changed(2)])
    expect(next.computers?.get(one.id)).toBe(one)
    expect(next).not.toHaveProperty('operations')
    expect(next).not.toHaveProperty('pending')
  })

  test('an operation’s progress reaches the computer that runs it, and no other', () => {
    const data = { ...emptyConsole, computers: byId([computer(1, { operation: operation(7) }), computer(2, { operation: operation(8, { computerId: computer(2).id }) })]) }
    const progress = { phase: 'restore', done: 1, total: 2, rate: 3 }
    const next = applyChanges(data, [{ event: 'operation.changed', data: operation(7, { progress }) }])
    expect(next.computers?.get(computer(1).id)?.operation?.progress).toEqual(progress)
    expect(next.computers?.get(computer(2).id)).toBe(data.computers.get(computer(2).id))
    const older = applyChanges(data, [{ event: 'operation.changed', data: operation(6, { progress }) }])
    expect(older.computers).toBeUndefined()
  })

  test('a computer that was removed is gone', () => {
    const data = { ...emptyConsole, computers: byId([computer(1), computer(2)]) }
    const next = applyChanges(data, [{ event: 'computer.removed', data: { id: computer(1).id } }])
    expect([...(next.computers?.keys() ?? [])]).toEqual([2])
  })

  test('the oldest operations are let go', () => {
    const many = Array.from({ length: OPERATIONS_KEPT }, (_, index) => operation(index + 1))
    const next = applyChanges({ ...emptyConsole, operations: byId(many) }, [{ event: 'operation.changed', data: operation(5000) }])
    expect(next.operations?.size).toBe(OPERATIONS_KEPT)
    expect(next.operations?.has(operation(1).id)).toBe(false)
    expect(next.operations?.has(operation(5000).id)).toBe(true)
  })

  test('events that only say that something is stale are told once each', () => {
    expect(staleAfter([{ event: 'tree.changed', data: {} }, { event: 'tree.changed', data: {} }])).toEqual(new Set(['tree']))
  })
})
