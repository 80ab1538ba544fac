import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, readlink, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { S_IFDIR, S_IFLNK, S_IFREG, writeCpio } from './cpio.ts'

const MEMBERS = [
  { name: 'bin', mode: S_IFDIR | 0o755, data: Buffer.alloc(0) },
  { name: 'bin/sh', mode: S_IFLNK | 0o777, data: Buffer.from('busybox') },
  { name: 'init', mode: S_IFREG | 0o755, data: Buffer.from('#!/bin/sh\n') },
  { name: 'odd', mode: S_IFREG | 0o644, data: Buffer.from('12345') },
]

test('the header is laid out as the kernel documents it', () => {
  const archive = writeCpio([{ name: 'a', mode: S_IFREG | 0o644, data: Buffer.from('xyz') }], 0x5f000000).toString('latin1')
  const fields = ['00000001', '000081a4', '00000000', '00000000', '00000001', '5f000000', '00000003', '00000000', '00000000',
    '00000000', '00000000', '00000002', '00000000']
  expect(archive.slice(0, 110)).toBe(`070701${fields.join('')}`)
  expect(archive.slice(110, 112)).toBe('a\0')
  expect(archive.slice(112, 116)).toBe('xyz\0')
  expect(archive).toMatch(/TRAILER!!!\0+$/)
})

test('name and data start at multiples of four bytes, whatever the lengths', () => {
  for (let length = 1; length <= 9; length++) {
    const member = { name: 'n'.repeat(length), mode: S_IFREG | 0o644, data: Buffer.from('d'.repeat(length)) }
    const archive = writeCpio([member], 0)
    const data = archive.indexOf(member.data, 110 + length)
    expect(data % 4).toBe(0)
    expect(archive.indexOf('070701', data) % 4).toBe(0)
    expect(archive.length % 4).toBe(0)
  }
})

const referee = existsSync('/usr/bin/cpio')

test.skipIf(!referee)(`GNU cpio unpacks it${referee ? '' : ' (needs cpio)'}`, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'clonaula-cpio-'))
  try {
    execFileSync('cpio', ['--extract', '--quiet', '--preserve-modification-time', '--no-preserve-owner'], {
      cwd: folder,
      input: writeCpio(MEMBERS, 1_735_689_600),
    })
    expect(await readlink(path.join(folder, 'bin/sh'))).toBe('busybox')
    expect(await readFile(path.join(folder, 'odd'), 'utf8')).toBe('12345')
    const init = await stat(path.join(folder, 'init'))
    expect(init.mode & 0o777).toBe(0o755)
    expect(init.mtimeMs).toBe(1_735_689_600_000)
  } finally {
    await rm(folder, { recursive: true })
  }
})
