import { describe, expect, test } from 'vitest'
import { isNamePattern, nameFromPattern, namesFromPattern } from './name-pattern.ts'

describe('name patterns', () => {
  test.each([['pc-##', 7, 'pc-07'], ['pc-##', 123, 'pc-123'], ['a#b', 1, 'a1b'], ['aula1-pc###', 12, 'aula1-pc012']])(
    '%s with %i is %s',
    (pattern, number, name) => expect(nameFromPattern(pattern, number)).toBe(name),
  )

  test.each(['pc-##', '#', 'aula1-pc####'])('%s is a pattern', (pattern) => expect(isNamePattern(pattern)).toBe(true))

  test.each(['pc', 'PC-##', 'pc_##', 'pc-#####', '#a#', '-pc#', 'pc#-', ''])('%o is not', (pattern) =>
    expect(isNamePattern(pattern)).toBe(false),
  )

  test('names that are taken are passed over', () => {
    expect(namesFromPattern('pc-##', 1, 3, new Set(['pc-02', 'pc-03']))).toEqual(['pc-01', 'pc-04', 'pc-05'])
  })
})
