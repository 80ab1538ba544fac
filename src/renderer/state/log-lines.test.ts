import { describe, expect, test } from 'vitest'
import type { LogLineView } from '#shared/contract/views.ts'
import { OperationId } from '#shared/domain/ids.ts'
import { mergeLines } from './log-lines.ts'

const line = (id: number): LogLineView => ({ id, operationId: OperationId.parse(1), at: id, level: 'info', text: `line ${id}` })
const ids = (lines: readonly LogLineView[]): number[] => lines.map(({ id }) => id)

describe('merging log lines', () => {
  test('new lines follow the known ones', () => expect(ids(mergeLines([line(1)], [line(2), line(3)]))).toEqual([1, 2, 3]))

  test('lines pushed while the first read was on its way appear once, in order', () => {
    expect(ids(mergeLines([line(3), line(4)], [line(1), line(2), line(3)]))).toEqual([1, 2, 3, 4])
  })

  test('the oldest are dropped beyond ten thousand', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => line(index + 1))
    const merged = mergeLines(many, [line(10_001)])
    expect(merged).toHaveLength(10_000)
    expect(merged[0]?.id).toBe(2)
  })
})
