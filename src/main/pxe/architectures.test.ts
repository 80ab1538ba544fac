import { describe, expect, test } from 'vitest'
import { architectureName, ARCHITECTURES, loaderFor } from './architectures.ts'
import { LOADER_FILES } from './boot-files.ts'

describe('loaderFor', () => {
  test.each([
    [0, 'signed', 'tftp', 'undionly.kpxe'],
    [0, 'ipxe', 'tftp', 'undionly.kpxe'],
    [7, 'signed', 'tftp', 'shimx64.efi'],
    [9, 'signed', 'tftp', 'shimx64.efi'],
    [7, 'ipxe', 'tftp', 'snponly.efi'],
    [16, 'signed', 'http', 'shimx64.efi'],
    [16, 'ipxe', 'http', 'snponly.efi'],
  ] as const)('architecture %i, %s: %s %s', (code, variant, transport, file) => {
    expect(loaderFor([code], variant)).toEqual({ transport, file })
  })

  test.each([6, 11, 15, 19, 20, 27, 99])('has none for architecture %i', (code) => {
    expect(loaderFor([code], 'signed')).toBeUndefined()
  })

  test('takes the first that can be booted of what the firmware offers', () => {
    expect(loaderFor([6, 7, 0], 'signed')?.file).toBe('shimx64.efi')
    expect(loaderFor([], 'signed')).toBeUndefined()
  })
})

describe('ARCHITECTURES', () => {
  test('lists each code once, and no loader that the boot tree does not know', () => {
    const codes = ARCHITECTURES.map(({ code }) => code)
    expect(new Set(codes).size).toBe(codes.length)
    const files = codes.flatMap((code) => [loaderFor([code], 'signed')?.file, loaderFor([code], 'ipxe')?.file])
    expect(LOADER_FILES).toEqual(expect.arrayContaining(files.filter((file) => file !== undefined)))
  })

  test('names what it does not list by number', () => {
    expect(architectureName(7)).toBe('x64 UEFI')
    expect(architectureName(4711)).toBe('architecture 4711')
  })
})
