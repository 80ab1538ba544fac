import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { normaliseBootPath } from './boot-path.ts'

describe('normaliseBootPath', () => {
  test.each([
    ['shimx64.efi', 'shimx64.efi'],
    ['/shimx64.efi', 'shimx64.efi'],
    ['//grubx64.efi', 'grubx64.efi'],
    ['/grub//x86_64-efi/grub.cfg', 'grub/x86_64-efi/grub.cfg'],
    ['boot/52:54:00:77:00:01/grub.cfg', 'boot/52:54:00:77:00:01/grub.cfg'],
  ])('%j is %j', (requested, path) => {
    expect(normaliseBootPath(requested)).toBe(path)
  })

  test.each([
    '', '/', '..', '../x', 'live/../../x', './x', 'live/.', 'a\0b', 'a\\b', '\\live\\x', 'C:/x', 'c:', 'a\nb', 'x'.repeat(256),
  ])('refuses %j', (requested) => {
    expect(normaliseBootPath(requested)).toBeUndefined()
  })

  test('gives nothing that climbs or is absolute', () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom('.', '/', '\\', 'a', '\0', ':', ' ') }), (requested) => {
      const path = normaliseBootPath(requested) ?? 'refused'
      expect(path.startsWith('/')).toBe(false)
      expect(path.split('/')).not.toContain('..')
      expect(normaliseBootPath(path)).toBe(path)
    }))
  })
})
