import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HostName } from './ids.ts'
import { nextName } from './name-pattern.ts'

describe('nextName', () => {
  test.each([
    ['pc-##', [], 'pc-01'],
    ['pc-##', ['pc-01', 'pc-02'], 'pc-03'],
    ['pc-##', ['pc-01', 'pc-03'], 'pc-02'],
    ['pc-##', ['PC-01'], 'pc-02'],
    ['#', ['1'], '2'],
    ['aula1-###-x', ['aula1-001-x', 'other'], 'aula1-002-x'],
    ['pc-#', Array.from({ length: 9 }, (_, at) => `pc-${at + 1}`), 'pc-10'],
    ['pc', ['pc'], undefined],
    ['-#', [], undefined],
    [`${'x'.repeat(62)}##`, [], undefined],
  ])('%s beside %j → %s', (pattern, taken, name) => expect(nextName(pattern, taken)).toBe(name))

  test('gives a whole room different host names', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 150 }), fc.constantFrom('pc-#', 'pc-##', 'a###b'), (count, pattern) => {
      const names: string[] = []
      for (let at = 0; at < count; at += 1) names.push(HostName.parse(nextName(pattern, names)))
      expect(new Set(names).size).toBe(count)
    }))
  })
})
