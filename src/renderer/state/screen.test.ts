import { describe, expect, test } from 'vitest'
import { ClassroomId, ComputerId } from '#shared/domain/ids.ts'
import { parseScreen, screenPath, type Screen } from './screen.ts'

describe('screen addresses', () => {
  test.each<[string, Screen]>([
    ['#/operations', { name: 'operations' }],
    ['#/classroom/3', { name: 'classroom', id: ClassroomId.parse(3) }],
    ['#/computer/12', { name: 'computer', id: ComputerId.parse(12) }],
  ])('%s there and back', (path, screen) => {
    expect(parseScreen(path)).toEqual(screen)
    expect(screenPath(screen)).toBe(path)
  })

  test.each(['', '#', '#/', '#/nowhere', '#/classroom', '#/classroom/0', '#/classroom/x', '#/classroom/1/2', '#token=abc'])(
    '%o is home',
    (path) => expect(parseScreen(path)).toEqual({ name: 'home' }),
  )
})
