import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { composeTrees, type Requester } from './boot-tree.ts'
import { DynamicTree } from './dynamic-tree.ts'
import { StaticTree } from './static-tree.ts'

const requester: Requester = { address: '10.77.0.9', protocol: 'http', query: new URLSearchParams('x=1') }

describe('StaticTree', () => {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'boot-tree-'))
    await mkdir(join(folder, 'root/live'), { recursive: true })
    await writeFile(join(folder, 'root/live/vmlinuz'), 'kernel bytes')
    await writeFile(join(folder, 'root/unlisted'), 'x')
    await writeFile(join(folder, 'outside'), 'secret')
    await symlink(join(folder, 'outside'), join(folder, 'root/link'))
    await symlink(folder, join(folder, 'root/up'))
  })
  afterEach(() => rm(folder, { recursive: true }))

  const tree = () => new StaticTree(join(folder, 'root'), [
    { path: 'live/vmlinuz', sha256: 'a'.repeat(64) },
    { path: 'kernel', source: 'live/vmlinuz' },
    ...['link', 'up/outside', 'live', 'absent'].map((path) => ({ path })),
  ])

  test('gives size, hash and any part of a listed file', async () => {
    const file = await tree().open('live/vmlinuz')
    expect(file).toMatchObject({ size: 12, sha256: 'a'.repeat(64), cacheable: true })
    expect(await text(file!.read(0, 12))).toBe('kernel bytes')
    expect(await text(file!.read(7, 12))).toBe('bytes')
    expect(await buffer(file!.read(3, 3))).toHaveLength(0)
  })

  test('gives a file under another name', async () => {
    expect((await tree().open('kernel'))?.size).toBe(12)
  })

  test.each([
    'unlisted', 'absent', 'live', 'link', 'up/outside', '../outside', '/live/vmlinuz', 'live/./vmlinuz', 'LIVE/VMLINUZ',
  ])('does not have %s', async (path) => {
    expect(await tree().open(path)).toBeUndefined()
  })

  test('takes no path that climbs into its list', () => {
    expect(() => new StaticTree(folder, [{ path: '../outside' }])).toThrow(RangeError)
    expect(() => new StaticTree(folder, [{ path: 'x', source: '/etc/passwd' }])).toThrow(RangeError)
  })

  test('does not follow a link that took the file\'s place after the check', async () => {
    const file = await tree().open('live/vmlinuz')
    await rm(join(folder, 'root/live/vmlinuz'))
    await symlink(join(folder, 'outside'), join(folder, 'root/live/vmlinuz'))
    await expect(text(file!.read(0, 6))).rejects.toThrow('ELOOP')
  })
})

describe('DynamicTree', () => {
  const tree = new DynamicTree([
    { pattern: /boot\/(\w+)\.txt/, make: (match, { query }) => (match[1] === 'no' ? undefined : `${match[1]} ñ ${query.get('x')}`) },
  ])

  test('makes the text for the requester, with its size in bytes', async () => {
    const file = await tree.open('boot/one.txt', requester)
    expect(file).toMatchObject({ size: 8, cacheable: false })
    expect(await text(file!.read(0, 8))).toBe('one ñ 1')
    expect(await text(file!.read(6, 8))).toBe(' 1')
  })

  test.each(['boot/no.txt', 'xboot/one.txt', 'boot/one.txt/more'])('does not have %s', async (path) => {
    expect(await tree.open(path, requester)).toBeUndefined()
  })
})

test('composeTrees asks in order', async () => {
  const tree = (pattern: RegExp, value: string) => new DynamicTree([{ pattern, make: () => value }])
  const both = composeTrees(tree(/a/, 'first'), tree(/[ab]/, 'second'))
  const read = async (path: string) => {
    const file = await both.open(path, requester)
    return file && text(file.read(0, file.size))
  }
  expect([await read('a'), await read('b'), await read('c')]).toEqual(['first', 'second', undefined])
})
