import { readFile } from 'node:fs/promises'
import { describe, expect, test } from 'vitest'
import { isElf, neededLibraries } from './elf.ts'

/** One loadable segment at address 0x1000 holding a dynamic section and its strings. */
function sampleElf(sonames: readonly string[]): Buffer {
  const strings = Buffer.from(`\0${sonames.join('\0')}\0`)
  const dynamicAt = 64 + 2 * 56
  const dynamicSize = (sonames.length + 2) * 16
  const elf = Buffer.alloc(dynamicAt + dynamicSize + strings.length)
  elf.write('7f454c460201', 'hex')
  elf.writeBigUInt64LE(64n, 32)
  elf.writeUInt16LE(56, 54)
  elf.writeUInt16LE(2, 56)
  const segment = (index: number, type: number, offset: number, size: number) => {
    elf.writeUInt32LE(type, 64 + index * 56)
    elf.writeBigUInt64LE(BigInt(offset), 64 + index * 56 + 8)
    elf.writeBigUInt64LE(BigInt(offset + 0x1000), 64 + index * 56 + 16)
    elf.writeBigUInt64LE(BigInt(size), 64 + index * 56 + 32)
  }
  segment(0, 1, 0, elf.length)
  segment(1, 2, dynamicAt, dynamicSize)
  const tags: [number, number][] = [[5, 0x1000 + dynamicAt + dynamicSize]]
  let at = 1
  for (const soname of sonames) {
    tags.push([1, at])
    at += soname.length + 1
  }
  tags.forEach(([tag, value], index) => {
    elf.writeBigUInt64LE(BigInt(tag), dynamicAt + index * 16)
    elf.writeBigUInt64LE(BigInt(value), dynamicAt + index * 16 + 8)
  })
  strings.copy(elf, dynamicAt + dynamicSize)
  return elf
}

describe('neededLibraries', () => {
  test('gives the sonames in their order', () => {
    expect(neededLibraries(sampleElf(['libc.so.6', 'libblkid.so.1']))).toEqual(['libc.so.6', 'libblkid.so.1'])
    expect(neededLibraries(sampleElf([]))).toEqual([])
  })

  test('agrees with a real program', async () => {
    expect(neededLibraries(await readFile(process.execPath))).toEqual(expect.arrayContaining(['libc.so.6', 'libm.so.6']))
  })

  test('refuses what is no ELF file, and one cut anywhere before its strings end', () => {
    expect(isElf(Buffer.from('#!/bin/sh'))).toBe(false)
    expect(() => neededLibraries(Buffer.from('#!/bin/sh'))).toThrow(RangeError)
    const whole = sampleElf(['libc.so.6'])
    for (let length = 0; length < whole.length; length++) {
      expect(() => {
        if (neededLibraries(whole.subarray(0, length))[0] !== 'libc.so.6') throw new RangeError('other')
      }).toThrow(RangeError)
    }
  })
})
