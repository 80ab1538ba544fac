import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { LocalRepository, readManifest } from '#image/index.ts'
import { addImage } from '#image/repository/testing/small-images.ts'
import { unflushed } from '#image/repository/testing/unflushed.ts'
import { main } from '../main.ts'

let folder: string
let repo: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-image-cli-'))
  repo = join(folder, 'repository')
  await using repository = await LocalRepository.open(repo, { fileSystem: unflushed })
  await addImage(repository, 'Aula 3', [0, 1, 2, 3])
  await addImage(repository, 'Aula 3', [2, 3, 4, 5, 6])
  await addImage(repository, 'other', [10])
})
afterEach(() => rm(folder, { recursive: true, force: true }))

interface Ran { code: number; out: string; err: string }

/** @param answer what a person at the terminal answers; without one, nobody is there */
async function run(args: string[], { answer, lang = 'en' }: { answer?: string; lang?: string } = {}): Promise<Ran> {
  let [out, err] = ['', '']
  const [command = '', ...rest] = args
  const code = await main(['image', command, '--repo', repo, '--lang', lang, ...rest], {
    out: (text) => void (out += text), err: (text) => void (err += text),
    interactive: answer !== undefined, ask: async () => answer ?? '',
  }, {})
  return { code, out, err }
}
const json = async (...args: string[]): Promise<unknown> => JSON.parse((await run([...args, '--json'])).out)

describe('clonaula image', () => {
  test('list names the revisions, and says which are damaged', async () => {
    expect((await run(['list'])).out).toMatch(/Aula 3@1 .*base .*partition .*16.4 KB[^]*Aula 3@2[^]*other@1/)
    expect(await json('list', 'other')).toMatchObject([{ image: 'other', revision: 1, kind: 'partition', volumes: [{ used: 4096 }] }])
    await using repository = await LocalRepository.open(repo)
    await rm(repository.manifestPath((await repository.resolve('other')).manifest))
    expect((await run(['list'], { lang: 'es' })).out).toContain('DAÑADA')
  })

  test('show says what a revision shares', async () => {
    const { out } = await run(['show', 'Aula 3@2'])
    expect(out).toMatch(/Aula 3@2/)
    expect(out).toMatch(/in other revisions too +2 +8.2 KB +8.2 KB/)
    expect(out).toMatch(/in this one only +3 +12.3 KB +12.3 KB/)
    expect(await json('show', 'Aula 3')).toMatchObject({ ref: { revision: 2 }, own: { chunks: 3 }, shared: { chunks: 2 } })
  })

  test('diff says how much changes', async () => {
    expect((await run(['diff', 'Aula 3@1', 'Aula 3@2'])).out).toMatch(/1 +unknown +16.4 KB +20.5 KB +20.5 KB +12.3 KB +12.3 KB/)
    expect((await run(['diff', 'other', 'other'], { lang: 'es' })).out).toContain('Son iguales')
    expect(await json('diff', 'Aula 3@1', 'Aula 3@2')).toMatchObject({ added: { chunks: 3 }, removed: { chunks: 2 } })
  })

  test('tag gives a name that does for the number, until another revision gets it', async () => {
    await run(['tag', 'Aula 3@1', 'exam'])
    expect(await json('show', 'Aula 3@exam')).toMatchObject({ ref: { revision: 1, tags: ['exam'] } })
    await run(['tag', 'Aula 3@2', 'exam'])
    expect(await json('list', 'Aula 3')).toMatchObject([{ revision: 1 }, { revision: 2, tags: ['exam'] }])
    expect((await run(['tag', 'Aula 3', 'exam', '--remove'])).out).toBe('Aula 3@2 has no tags.\n')
    expect((await run(['show', 'Aula 3@exam'])).code).toBe(2)
    expect((await run(['tag', 'Aula 3', '17'])).code).toBe(112)
  })

  test('trash and untrash move revisions there and back', async () => {
    expect(await run(['trash', 'Aula 3@1'])).toMatchObject({ code: 0, out: 'Aula 3@1: in the trash.\n' })
    expect(await json('list', 'Aula 3')).toHaveLength(1)
    expect(await json('list', '--trash')).toMatchObject([{ image: 'Aula 3', revision: 1, trashed: expect.any(String) }])
    expect((await run(['trash', 'Aula 3@1'])).code).toBe(2)
    expect((await run(['untrash', 'Aula 3'])).code).toBe(0)
    expect(await json('list', 'Aula 3')).toHaveLength(2)
    expect(await json('trash', 'Aula 3')).toHaveLength(2)
  })

  test('trash waits for nobody who captures', async () => {
    await using repository = await LocalRepository.open(repo)
    await repository.locate([])
    expect(await run(['trash', 'other'])).toMatchObject({ code: 4 })
    expect((await run(['show', 'other'])).code).toBe(0)
  })

  test('verify says what is damaged, with 33', async () => {
    expect(await run(['verify'])).toMatchObject({ code: 0, out: expect.stringContaining('All is as it was saved.') })
    await using repository = await LocalRepository.open(repo)
    const [pack] = (await repository.listPacks()).sort()
    const bytes = await readFile(repository.packPath(pack!))
    bytes[200]! ^= 1
    await writeFile(repository.packPath(pack!), bytes)
    const { code, out } = await run(['verify'])
    expect(code).toBe(33)
    expect(out).toMatch(new RegExp(`Damaged pack ${pack}: 1 chunks[^]*has lost 4.1 KB \\(volumes 1\\)[^]*repair`))
    expect(await json('verify')).toMatchObject({ revisions: 3, damaged: [{ pack }] })
  })
})

test('on a terminal there is a bar of progress, which goes when it ends; for programs there is none', async () => {
  const { out, err } = await run(['verify'], { answer: '' })
  expect(err).toContain('verifying ░░░░░░░░░░░░░░ 0 % · 0 B/s')
  expect(err).toContain('verifying ██████████████ 100 %')
  expect(err.endsWith('\r\u001B[K')).toBe(true)
  expect(out).toContain('All is as it was saved.')
  for (const args of [['verify', '--json'], ['verify']]) {
    expect((await run(args, args.length > 1 ? { answer: '' } : {})).err).toBe('')
  }
})

/** As in the description of the command line: whoever knows that can rely on it. */
test.each([
  'capture --name n --parent n@1 --mode used --no-clean --no-shrink SOURCE', 'capture --name n --mode filesystem SOURCE', 'capture --name n --mode sector SOURCE',
  'restore n@1 TARGET --delta --verify --discard --no-grow', 'verify', 'verify n@1', 'list', 'show n', 'diff n@1 n@2',
  ...['auto', 'partclone', 'opengnsys', 'fog', 'clonezilla'].map((format) => `import --name n --format ${format} SOURCE`),
  'export n@1 --partition 1 TARGET', 'mount n@1 TARGET', 'try n', 'trash n', 'untrash n', 'purge', 'repair',
])('%s is understood', async (line) => {
  repo = join(folder, line.startsWith('capture') || line.startsWith('import') ? 'new' : 'nowhere')
  const args = line.split(' ').map((word) => (word === 'SOURCE' || word === 'TARGET' ? join(folder, word) : word))
  const { code, err } = await run([...args, '--json'])
  expect({ code, parsed: (JSON.parse(err) as { error: { code: number } }).error.code }).toEqual({ code: 2, parsed: 2 }) // nothing is there
})

describe('clonaula image repair', () => {
  async function damage(name: string, at: number): Promise<string> {
    await using repository = await LocalRepository.open(repo)
    const [pack] = (await readManifest(await repository.manifest((await repository.resolve(name)).manifest))).packs
    const bytes = await readFile(repository.packPath(pack!))
    bytes[at]! ^= 1
    await writeFile(repository.packPath(pack!), bytes)
    return pack!
  }

  test('names what it cannot mend, and mends it from another repository', async () => {
    expect(await run(['repair'])).toMatchObject({ code: 0, out: 'All is as it was saved: there is nothing to repair.\n' })
    await cp(repo, join(folder, 'mirror'), { recursive: true })
    const pack = await damage('Aula 3@1', 1000)
    const { code, out } = await run(['repair'])
    expect(code).toBe(33)
    expect(out).toMatch(new RegExp(`Pack ${pack}: cannot be mended in full\\.\nAula 3@1 still lacks 4.1 KB \\(volumes 1\\)`))
    expect((await run(['verify'])).code).toBe(33)
    expect(await run(['repair', '--from', join(folder, 'mirror')], { lang: 'es' })).toMatchObject({
      code: 0, out: `Paquete ${pack}: vuelve a estar como era.\nTodas las revisiones están completas.\n`,
    })
    expect((await run(['verify'])).code).toBe(0)
  })

  test('mends from what was captured since', async () => {
    const pack = await damage('other', 1000)
    expect(await json('repair')).toMatchObject({ damaged: [{ pack, outcome: 'marked' }], hurt: [{ image: 'other', revision: 1 }] })
    await using repository = await LocalRepository.open(repo, { fileSystem: unflushed })
    await addImage(repository, 'other', [11, 10])
    await repository.close()
    expect(await json('repair')).toMatchObject({ damaged: [{ pack, outcome: 'replaced' }], hurt: [] })
    expect((await run(['verify'])).code).toBe(0)
  })

  test('says when there is nothing to take it from', async () => {
    expect((await run(['repair', '--from', join(folder, 'nowhere')])).code).toBe(2)
    expect((await run(['repair', 'other'])).code).toBe(112)
  })
})

describe('clonaula image purge', () => {
  test('shows its plan and does nothing, unless it is told to', async () => {
    await run(['trash', 'Aula 3@1'])
    const { code, out } = await run(['purge'])
    expect(code).toBe(0)
    expect(out).toMatch(/Gone for ever: Aula 3@1[^]*Nothing has been purged/)
    expect(await json('list', '--trash')).toHaveLength(1)
    const id = /--execute (\w+)/.exec(out)![1]!
    await run(['tag', 'other', 'changed'])
    expect((await run(['purge', '--execute', id])).code).toBe(137)
    expect((await run(['purge', '--execute', ''])).code).toBe(137)
    const { plan } = await json('purge') as { plan: { id: string } }
    expect(await run(['purge', '--execute', plan.id])).toMatchObject({ code: 0, out: expect.stringMatching(/Done: .* free/) })
    expect(await json('list', '--trash')).toEqual([])
    expect((await run(['verify'])).code).toBe(0)
    expect((await run(['purge'], { lang: 'es' })).out).toContain('No hay nada que borrar.')
  })

  test('asks a person, and takes no for an answer', async () => {
    await run(['trash', 'other'])
    await run(['purge'], { answer: 'n' })
    expect(await json('list', '--trash')).toHaveLength(1)
    await run(['purge'], { answer: 'y' })
    expect(await json('list', '--trash')).toEqual([])
  })

  test('takes only what it is told from the trash', async () => {
    await run(['trash', 'other'])
    await run(['trash', 'Aula 3@1'])
    expect(await json('purge', 'other', '--yes')).toMatchObject({ plan: { revisions: [{ image: 'other' }] }, givenBack: expect.any(Number) })
    expect(await json('list', '--trash')).toMatchObject([{ image: 'Aula 3' }])
  })
})

test.each([
  ['list', 112], ['show', 112, 'x'], ['verify', 112], ['purge', 112],
])('%s wants to know of which repository', async (command, code, ...rest) => {
  expect(await main(['image', command, ...rest.map(String)], { out: () => {}, err: () => {}, interactive: false, ask: async () => '' }, {})).toBe(code)
})

test('nothing makes a repository where there is none', async () => {
  repo = join(folder, 'typo')
  for (const args of [['list'], ['verify'], ['repair'], ['purge'], ['trash', 'x']]) expect((await run(args)).code).toBe(2)
  await expect(readFile(join(repo, 'repository.json'))).rejects.toThrow('ENOENT')
})
