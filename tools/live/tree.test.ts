import { lstat, mkdtemp, readlink, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { Tree } from './tree.ts'

test('folders above a name are there, and before it', () => {
  const tree = new Tree().addText('usr/lib/x/file', '').addLink('usr-link', 'usr')
  expect(tree.entries().map(([name]) => name)).toEqual(['usr', 'usr-link', 'usr/lib', 'usr/lib/x', 'usr/lib/x/file'])
})

test('a folder never becomes a file', () => {
  expect(() => new Tree().addText('etc/hosts', '').addText('etc', '')).toThrow('etc is a folder')
})

test('what is written has the modes and the time asked for, not those of the machine', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'clonaula-tree-'))
  try {
    await writeFile(path.join(folder, 'source'), 'x', { mode: 0o600 })
    const root = path.join(folder, 'root')
    await new Tree().addCopy('bin/tool', path.join(folder, 'source'), 0o755).addLink('sbin', 'bin').writeTo(root, 1_000_000_000)
    const tool = await stat(path.join(root, 'bin/tool'))
    expect(tool.mode & 0o7777).toBe(0o755)
    const names = ['.', 'bin', 'bin/tool', 'sbin']
    const times = await Promise.all(names.map(async (name) => (await lstat(path.join(root, name))).mtimeMs))
    expect(times).toEqual(names.map(() => 1_000_000_000_000))
    expect(await readlink(path.join(root, 'sbin'))).toBe('bin')
  } finally {
    await rm(folder, { recursive: true })
  }
})
