import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Folder, fileSizes, partsOf, withoutPart } from './files.ts'
import { checkSum, parseSums } from './sums.ts'

let path: string
beforeEach(async () => {
  path = await mkdtemp(join(tmpdir(), 'clonaula-legacy-'))
})
afterEach(async () => {
  await rm(path, { recursive: true, force: true })
})

describe('the parts of a file', () => {
  test.each([
    [['a.img'], ['a.img']],
    [['a.img', 'a.img.sum', 'a.img.000'], ['a.img']],
    [['a.img.001', 'a.img.000', 'b.img.002'], ['a.img.000', 'a.img.001']],
    [['a.img.ab', 'a.img.aa', 'a.img.info'], ['a.img.aa', 'a.img.ab']],
    [['b.img'], []],
  ])('%j', (names, expected) => {
    expect(partsOf(names, 'a.img')).toEqual(expected)
  })

  test('go on after the 26th', () => {
    const names = Array.from({ length: 60 }, (_, at) => `a.img.${String.fromCharCode(97 + Math.floor(at / 26), 97 + (at % 26))}`)
    expect(partsOf(names.toReversed(), 'a.img')).toEqual(names)
  })

  test.each([
    [['a.img.001']], [['a.img.000', 'a.img.002']], [['a.img.aa', 'a.img.ac']], [['a.img.00', 'a.img.001']],
  ])('%j: one is missing', (names) => {
    expect(() => partsOf(names, 'a.img')).toThrow(expect.objectContaining({ code: 33, params: expect.objectContaining({ reason: 'missingPart' }) }))
  })

  test.each([['a.img.aa', 'a.img'], ['a.img.000', 'a.img'], ['a.img.ab', 'a.img.ab'], ['a.img', 'a.img'], ['a', 'a']])('of %s are of %s', (name, whole) => {
    expect(withoutPart(name)).toBe(whole)
  })
})

describe('a folder', () => {
  test('has plain files only', async () => {
    await writeFile(join(path, 'parts'), 'sda1')
    await symlink('/etc/passwd', join(path, 'disk'))
    await mkdir(join(path, 'folder'))
    const folder = await Folder.open(path)
    expect([...folder.names]).toEqual(['parts'])
    expect(await folder.text('disk')).toBeUndefined()
    expect(await folder.text('parts')).toBe('sda1')
  })

  test('gives no file that is too long to be what it should be', async () => {
    await writeFile(join(path, 'parts'), Buffer.alloc(1024 * 1024 + 1))
    await expect((await Folder.open(path)).text('parts')).rejects.toMatchObject({ code: 5, params: { reason: 'tooLarge' } })
  })

  test('that is not there', async () => {
    await expect(Folder.open(join(path, 'nothing'))).rejects.toMatchObject({ code: 2 })
    await expect(fileSizes([join(path, 'nothing')])).rejects.toMatchObject({ code: 2 })
    await expect(fileSizes([path])).rejects.toMatchObject({ code: 5, params: { reason: 'notAFile' } })
  })
})

describe('sums', () => {
  const MD5 = 'd41d8cd98f00b204e9800998ecf8427e'

  test('as md5sum writes them', () => {
    expect(parseSums(`# md5\n${MD5}  sda1.img.aa\n${MD5.toUpperCase()} *./sda1 and more\n\n`, 'md5'))
      .toEqual([{ name: 'sda1.img.aa', sum: MD5 }, { name: 'sda1 and more', sum: MD5 }])
  })

  test.each([['../../etc/passwd'], ['/etc/passwd'], ['a/../b'], ['..'], ['a\\b']])('of %s are refused', (name) => {
    expect(() => parseSums(`${MD5}  ${name}`, 'md5')).toThrow(expect.objectContaining({ code: 33, params: { reason: 'unsafeName', place: name } }))
  })

  test.each([['no sum at all'], [MD5], [`${MD5}00  a`], ['../evil']])('%j is refused', (line) => {
    expect(() => parseSums(line, 'md5')).toThrow(expect.objectContaining({ code: 33 }))
  })

  // The sums of "abc", as RFC 1321, FIPS 180-4, RFC 7693 and the BLAKE3 specification give them.
  test.each([
    ['md5', '900150983cd24fb0d6963f7d28e17f72'],
    ['sha1', 'a9993e364706816aba3e25717850c26c9cd0d89d'],
    ['blake2b', 'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923'],
    ['blake3', '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85'],
  ] as const)('%s', async (algorithm, sum) => {
    const file = join(path, 'abc')
    await writeFile(file, 'abc')
    let read = 0
    await checkSum({ path: file, algorithm, sum }, { onRead: (bytes) => (read += bytes) })
    expect(read).toBe(3)
    await writeFile(file, 'abd')
    await expect(checkSum({ path: file, algorithm, sum }, { onRead: () => {} })).rejects.toMatchObject({ code: 33, params: { place: 'abc' } })
  })

  test('of the end of a file', async () => {
    const file = join(path, 'long')
    await writeFile(file, Buffer.concat([Buffer.alloc(5000), Buffer.from('abc')]))
    let read = 0
    await checkSum({ path: file, algorithm: 'md5', sum: '900150983cd24fb0d6963f7d28e17f72', last: 3 }, { onRead: (bytes) => (read += bytes) })
    expect(read).toBe(3)
  })
})
