import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { compressed, expectBegins, filesystem, imported, partclone, restored, restoredVolume, split } from './legacy-support.ts'
import { Bench } from './support.ts'

let bench: Bench
let image: string
/** Bytes that an import of the image has to read. */
let bytesRead: number

beforeAll(async () => {
  bench = await Bench.open()
  image = await partclone(await filesystem(bench, 'source', 'ext2'), 'ext2')
  const report = await imported(bench, image)
  await expectBegins(await restoredVolume(bench, report), await restored(image))
  bytesRead = report.figures.bytesRead
})
afterAll(async () => {
  await bench.close()
})

test.each<[string, [string, ...string[]]]>([
  ['gzip', ['gzip', '-c']], ['zstd', ['zstd', '-qc']], ['zstd', ['pzstd', '-qc']], ['xz', ['xz', '-c', '-T2', '--block-size=1MiB']],
  ['xz', ['xz', '-c', '-0', '--check=none']], ['bzip2', ['bzip2', '-c']], ['bzip2', ['bzip2', '-c', '-1']], ['lz4', ['lz4', '-qc']],
  ['lz4', ['lz4', '-qc', '-12', '-BD', '-BX']], ['lzop', ['lzop', '-c']], ['lzop', ['lzop', '-c', '-9']], ['lzop', ['lzop', '-c', '-1', '--no-checksum']],
  ['lzip', ['lzip', '-c']], ['lzip', ['lzip', '-c', '--member-size=100000', '-s', '65536']], ['lzma', ['xz', '-c', '--format=lzma']],
  ['plain', ['cat']],
])('%s (%j) gives the same chunks, whole and in parts', async (compression, argv) => {
  // The name says nothing, or the wrong thing.
  const file = await compressed(image, join(bench.folder, 'image.gz'), argv)
  const same = { volumes: [{ compression, checksum: 'verified' }], figures: { newChunks: 0, bytesRead } }
  expect(await imported(bench, file)).toMatchObject(same)
  await split(file, 700_000, '-d', '-a', '3')
  for (const path of [file, `${file}.000`]) {
    const report = await imported(bench, path)
    expect(report).toMatchObject(same)
    expect(report.volumes[0]!.files.length).toBeGreaterThan(1)
  }
})
