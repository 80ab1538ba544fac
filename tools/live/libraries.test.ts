import { describe, expect, test } from 'vitest'
import { libraryClosure } from './libraries.ts'

const LIBRARIES: Record<string, string[]> = {
  'libfdisk.so.1': ['libblkid.so.1', 'libc.so.6'],
  'libblkid.so.1': ['libc.so.6'],
  'libc.so.6': ['ld-linux-x86-64.so.2'],
  'ld-linux-x86-64.so.2': [],
  'libround.so.1': ['libtrip.so.1'],
  'libtrip.so.1': ['libround.so.1', 'libgone.so.3'],
}

const find = (soname: string) => {
  const needs = LIBRARIES[soname]
  return Promise.resolve(needs === undefined ? undefined : { file: `/lib/${soname}`, needs })
}

describe('libraryClosure', () => {
  test('brings what libraries need in turn, once, sorted', async () => {
    const closure = await libraryClosure(new Map([['libfdisk.so.1', 'sfdisk']]), find)
    expect([...closure.keys()]).toEqual(['ld-linux-x86-64.so.2', 'libblkid.so.1', 'libc.so.6', 'libfdisk.so.1'])
    expect(closure.get('libc.so.6')).toBe('/lib/libc.so.6')
  })

  test('names every missing library and who asks, also behind a cycle', async () => {
    const wanted = new Map([['libround.so.1', 'aprogram'], ['libnone.so.2', 'another']])
    await expect(libraryClosure(wanted, find)).rejects.toThrow('libgone.so.3 (for libtrip.so.1), libnone.so.2 (for another)')
  })
})
