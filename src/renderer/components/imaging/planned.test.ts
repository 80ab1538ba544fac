import { describe, expect, test, vi } from 'vitest'
import type { RestorePlanRow } from '#shared/contract/views.ts'
import { ClassroomId } from '#shared/domain/ids.ts'
import { classroom, computer } from '../../testing/rows.ts'
import { acceptedRequests, lossesOf, startEach, wholeClassrooms } from './planned.ts'

test('only computers that can are asked for', () => {
  const row = (id: number, ok: boolean): RestorePlanRow => ({ computerId: computer(id).id, computerName: '', ok, bytes: 0, erases: [] })
  const request = { computers: [computer(1).id, computer(2).id], target: { disk: 1 } }
  expect(acceptedRequests([
    { request, rows: [row(1, true), row(2, false)] },
    { request, rows: [row(3, false)] },
  ])).toEqual([{ ...request, computers: [1] }])
})

test('requests start once each, also when one of them has to be tried again', async () => {
  const start = vi.fn<(request: string) => Promise<void>>().mockResolvedValueOnce().mockRejectedValueOnce(new Error('offline')).mockResolvedValue()
  const all = startEach(['a', 'b', 'c'], start)
  await expect(all()).rejects.toThrow('offline')
  await all()
  expect(start.mock.calls).toEqual([['a'], ['b'], ['b'], ['c']])
})

test('what is lost is said once for each computer, and not of those that cannot', () => {
  const row = (id: number, erases: string[], ok = true): RestorePlanRow =>
    ({ computerId: computer(id).id, computerName: `pc-${id}`, ok, bytes: 0, erases })
  expect(lossesOf([row(1, ['a']), row(2, []), row(3, ['a'], false), row(1, ['a', 'b'])])).toEqual([
    { computerId: 1, computerName: 'pc-1', erases: ['a', 'b'] },
  ])
})

describe('a whole room', () => {
  const other = { ...classroom, id: ClassroomId.parse(2), name: 'Aula 2' }
  const rows = [computer(1), computer(2), computer(3, { classroomId: other.id })]

  test('is one of which nothing would be left', () => {
    const all = new Set(rows.map(({ id }) => id))
    expect(wholeClassrooms([classroom, other], rows, all)).toEqual([classroom])
    expect(wholeClassrooms([classroom, other], rows, new Set([rows[0]!.id]))).toEqual([])
  })
})
