import { copyFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManifest, restoreVolumes, runCommand } from '#image/index.ts'
import type { ImportReport } from '#image/import/import-image.ts'
import { importNoteText } from '#image/import/import-texts.ts'
import { formatBytes, type Language } from '#shared/i18n/index.ts'
import { clonaula } from './clonaula.ts'
import {
  compressed, expectBegins, filesystem, imported, KINDS, md5, MIB, partclone, restored, restoredVolume, type KindName,
} from './legacy-support.ts'
import { Bench } from './support.ts'

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

const CHECKED: [string, string[]] = ['with checksums', []]
const VARIANTS: [KindName, string, string[]][] = [
  ...(Object.keys(KINDS) as KindName[]).map((kind): [KindName, string, string[]] => [kind, ...CHECKED]),
  ['ext2', 'without checksums', ['-a', '0']], ['ntfs', 'without checksums', ['-a', '0']],
  ['ext2', 'with checksums of three blocks', ['-k', '3']], ['ext4', 'with checksums that go on', ['-k', '64', '-K']],
]

test.each(VARIANTS)('an image of %s %s comes back as partclone restores it', async (kind, _, options) => {
  const source = await filesystem(bench, 'source', kind)
  const image = await partclone(source, kind, ...options)
  const report = await imported(bench, image)
  const [volume] = report.volumes
  expect(report).toMatchObject({
    format: 'partclone',
    volumes: [{ number: 1, filesystem: kind, container: 'partclone', savedAs: KINDS[kind].name, checksum: options[0] === '-a' ? 'none' : 'verified' }],
  })
  expect(volume!.bytesRead).toBeGreaterThan(1.5 * MIB)
  expect(volume!.size).toBeGreaterThan(KINDS[kind].size - 64 * 1024)
  expect(volume!.size).toBeLessThanOrEqual(KINDS[kind].size)
  expect(volume!.minimumSize).toBeLessThanOrEqual(volume!.size)
  const said = async (key: string): Promise<string> =>
    (await runCommand(['blkid', '-p', '-o', 'value', '-s', key, source], { accept: [0, 2] })).stdout.trim()
  expect(volume!.uuid).toBe(await said('UUID'))
  // NTFS and exFAT keep theirs in a file of their own.
  expect(['ntfs', 'exfat'].includes(kind) ? await said('LABEL') : volume!.label).toBe(await said('LABEL'))

  const target = await restoredVolume(bench, report)
  await expectBegins(target, await restored(image), kind)
  await runCommand([...KINDS[kind].check, target])
})

test('what is captured and what is imported share their chunks', async () => {
  const source = await filesystem(bench, 'source', 'ext4')
  const captured = await bench.capture(source, 'ext4')
  await bench.store.publish(captured.manifest)
  const { figures } = await imported(bench, await partclone(source, 'ext4'))
  expect(captured.figures.newBytes).toBeGreaterThan(3 * MIB)
  // What is not in use within the first MiB is zeros in the one, and what was there in the other.
  expect(figures.newBytes).toBeLessThan(MIB)
})

test('an image of every sector keeps every sector', async () => {
  const source = await filesystem(bench, 'source', 'ext2')
  const image = `${source}.ptcl`
  await runCommand(['partclone.imager', '-c', '-F', '-q', '-f', '0', '-L', '/dev/null', '-s', source, '-O', image])
  const report = await imported(bench, image)
  const { size } = KINDS.ext2
  expect(report.volumes).toMatchObject([{ filesystem: 'ext2', size, minimumSize: size, bytesRead: size }])
  expect((await readManifest(await bench.store.manifest(report.ref.manifest))).facts.volumes).toMatchObject([{ mode: 'sector' }])
  await runCommand(['cmp', await restoredVolume(bench, report), source])
})

test('an image of a filesystem that only partclone knows comes back block by block, which is said', async () => {
  const source = await bench.empty('source', 4 * MIB)
  await runCommand(['mkfs.minix', '-3', source])
  const image = `${source}.ptcl`
  await runCommand(['partclone.minix', '-c', '-F', '-q', '-f', '0', '-L', '/dev/null', '-s', source, '-O', image])
  const report = await imported(bench, image)
  expect(report).toMatchObject({ volumes: [{ filesystem: 'unknown', savedAs: 'MINIX', checksum: 'verified' }] })
  expect(report.notes).toContainEqual({ kind: 'blockByBlock', partition: 1, content: 'MINIX' })
  const target = await restoredVolume(bench, report)
  await expectBegins(target, await restored(image))
  await runCommand(['fsck.minix', '-f', target])
})

test('a filesystem that was shrunk before goes into a partition of its size', async () => {
  const source = await filesystem(bench, 'source', 'ntfs')
  await runCommand(['sh', '-c', 'yes | ntfsresize --force --no-progress-bar --size 16M "$1"', 'sh', source])
  const report = await imported(bench, await partclone(source, 'ntfs'))
  expect(report.volumes[0]!.minimumSize).toBeLessThanOrEqual(16 * MIB + 4096)
  const target = await bench.empty('small', report.volumes[0]!.minimumSize)
  await restoreVolumes({ manifest: await bench.store.manifest(report.ref.manifest), volumes: [{ number: 1, path: target }], source: bench.store })
  // The second boot sector, which partclone leaves out, is where Windows and ntfsfix look for it.
  await runCommand(['ntfsfix', '-n', target])
})

describe('OpenGnsys', () => {
  /** `NAME.img`, lzop as usual, and what is beside it. */
  async function repositoryImage(): Promise<string> {
    const source = await filesystem(bench, 'source', 'ntfs')
    const image = await compressed(await partclone(source, 'ntfs'), join(bench.folder, 'Win10.img'), ['lzop', '-c'])
    await writeFile(`${image}.info`, 'PARTCLONE:LZOP:NTFS:6000000:pc-aula1-07\n')
    await writeFile(`${image}.torrent`, 'd8:announce…')
    await writeFile(`${image}.sum`, `${await md5(image, MIB)}\n`)
    await writeFile(`${image}.full.sum`, await md5(image))
    return image
  }

  test('keeps images of lzop with their sums', async () => {
    const image = await repositoryImage()
    const report = await imported(bench, image)
    expect(report).toMatchObject({
      format: 'opengnsys', source: 'OpenGnsys: Win10.img (pc-aula1-07)', sums: { files: 1, algorithms: ['md5'] },
      notes: [{ kind: 'declaredSize', bytes: 6_000_000 * 1024 }], volumes: [{ filesystem: 'ntfs', compression: 'lzop', checksum: 'verified' }],
    })
    await expectBegins(await restoredVolume(bench, report), await restored(join(bench.folder, 'source.ptcl')), 'ntfs')
    // Without the ending, as OpenGnsys' own commands name images.
    expect(await imported(bench, image.replace(/\.img$/, ''), { format: 'opengnsys' })).toMatchObject({ figures: { newChunks: 0 } })
  })

  test('has the sum of the last MiB only, at times', async () => {
    const image = await repositoryImage()
    await rename(`${image}.full.sum`, `${image}.other`)
    expect((await imported(bench, image)).notes).toContainEqual({ kind: 'lastMegabyteOnly', file: 'Win10.img' })
  })

  test.each([['.sum'], ['.full.sum']])('has a %s that is of another image', async (ending) => {
    const image = await repositoryImage()
    await writeFile(`${image}.full.sum`, await md5(image))
    if (ending === '.sum') await rename(`${image}.full.sum`, `${image}.other`)
    await writeFile(`${image}${ending}`, '0'.repeat(32))
    await expect(imported(bench, image)).rejects.toMatchObject({ code: 33, params: { reason: 'wrongSum', place: 'Win10.img' } })
    expect(await bench.store.listRefs()).toEqual([])
  })

  test.each([
    ['Win10.mbr', 'bootSector'], ['Win10.gpt', 'bootSector'], ['Win10.img.diff', 'differential'],
  ])('keeps %s, which is refused with the reason', async (name, reason) => {
    const path = join(bench.folder, name)
    await writeFile(path, Buffer.alloc(512))
    await expect(imported(bench, path)).rejects.toMatchObject({ code: 5, params: { reason } })
  })

  test('may be at work on it', async () => {
    const image = await repositoryImage()
    await writeFile(`${image}.lock`, '')
    await expect(imported(bench, image)).rejects.toMatchObject({ code: 5, params: { reason: 'locked' } })
  })
})

describe('clonaula image import', () => {
  test('ends with a report, in both languages and for programs: bytes, sums, and all that was left out', async () => {
    const source = await filesystem(bench, 'source', 'ext2')
    const image = await compressed(await partclone(source, 'ext2', '-a', '0'), join(bench.folder, 'Debian.img'), ['gzip', '-c'])
    await writeFile(`${image}.info`, 'PARTCLONE:GZIP:EXTFS:30000:pc-aula1-07\n')
    await writeFile(`${image}.full.sum`, await md5(image))
    for (const name of ['Debian.img.ant', 'Debian.mbr']) await writeFile(join(bench.folder, name), '')
    const repo = join(bench.folder, 'images')
    const base = ['import', '--repo', repo, '--name', 'Debian 12', image]
    const spanish = await clonaula(...base, '--lang', 'es')
    expect(spanish).toMatchObject({ code: 0, err: '' })
    const english = await clonaula(...base, '--lang', 'en', '--description', 'again')
    const report = JSON.parse((await clonaula(...base, '--json')).out) as ImportReport
    expect(report).toMatchObject({
      image: 'Debian 12', revision: 3, format: 'opengnsys', figures: { newChunks: 0 }, sums: { files: 1, algorithms: ['md5'] },
      notes: [
        { kind: 'otherVersions', file: 'Debian.img.ant' }, { kind: 'otherBootSector', file: 'Debian.mbr' }, { kind: 'declaredSize' },
        { kind: 'noBlockChecksums', partition: 1 },
      ],
    })
    const [volume] = report.volumes
    const read = (language: Language): string => formatBytes(volume!.bytesRead, language)
    expect(spanish.out).toMatch(new RegExp(`^1 +ext2 .* ${read('es')} +gzip +${volume!.usedBlocks} × 1024 +no lleva$`, 'm'))
    expect(spanish.out).toContain('Sumas de ficheros comprobadas: 1 (md5).')
    expect(english.out).toMatch(new RegExp(`^1 +ext2 .* ${read('en')} +gzip +${volume!.usedBlocks} × 1024 +has none$`, 'm'))
    expect(english.out).toContain('Sums of files checked: 1 (md5).')
    for (const note of report.notes) {
      expect(spanish.out).toContain(importNoteText(note, 'es'))
      expect(english.out).toContain(importNoteText(note, 'en'))
    }
  })

  test('says why it refuses', async () => {
    const path = join(bench.folder, 'disk.img')
    await copyFile(await bench.empty('nothing', MIB), path)
    const repo = join(bench.folder, 'images')
    const refused = await clonaula('import', '--repo', repo, '--name', 'x', path, '--lang', 'es')
    expect(refused.code).toBe(5)
    expect(refused.err).toContain('disk.img: no hay dentro nada que Clonaula sepa importar')
    expect(await clonaula('import', '--repo', repo, '--name', 'x', join(bench.folder, 'missing'))).toMatchObject({ code: 2 })
    expect(await clonaula('import', '--repo', repo, '--name', '../x', path)).toMatchObject({ code: 112 })
    expect(await clonaula('import', '--repo', repo, '--name', 'x', '--format', 'ghost', path)).toMatchObject({ code: 112 })
  })
})
