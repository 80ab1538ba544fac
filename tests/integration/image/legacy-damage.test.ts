import { createHash } from 'node:crypto'
import { open, readFile, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { LocalRepository, runCommand } from '#image/index.ts'
import { importImage } from '#image/import/import-image.ts'
import { partcloneTools } from '#image/partclone-tools.ts'
import { ByteStream } from '#shared/formats/byte-stream.ts'
import { BlockBitmap } from '#shared/formats/partclone-bitmap.ts'
import { encodePartcloneHeader, type PartcloneHeader } from '#shared/formats/partclone-header.ts'
import { encodePartclone, PartcloneReader } from '#shared/formats/partclone.ts'
import { compressed, expectBegins, filesystem, imported, leftovers, MIB, partclone, restored, restoredVolume } from './legacy-support.ts'
import { Bench, noise } from './support.ts'

const corrupt = expect.objectContaining({ name: 'ClonaulaError', code: 33 })

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of source) pieces.push(piece)
  return Buffer.concat(pieces)
}

describe('format 0001', () => {
  /** What partclone wrote before 0.3.0, which no program makes any more: an image of today, written anew. */
  async function oldImage(image: string, path: string): Promise<string> {
    const tools = await partcloneTools()
    const reader = await PartcloneReader.open(new ByteStream(once(await readFile(image)), 'image'), tools)
    const data = new Uint8Array(reader.bitmap.used * reader.header.blockSize)
    await reader.read(data)
    const header: PartcloneHeader = { ...reader.header, version: 1, checksum: 'crc32Of0001', blocksPerChecksum: 1, reseed: false, bitmap: 'byte', creator: '' }
    await writeFile(path, await collect(encodePartclone(header, reader.bitmap, once(data), tools)))
    return path
  }

  test('is what partclone’s own tools take it for, and comes back', async () => {
    const source = await filesystem(bench, 'source', 'ntfs')
    const image = await oldImage(await partclone(source, 'ntfs'), join(bench.folder, 'old.img'))
    await runCommand(['partclone.chkimg', '-f', '0', '-L', '/dev/null', '-s', image])
    const report = await imported(bench, image)
    expect(report.volumes).toMatchObject([{ format: '0001', checksum: 'verified', filesystem: 'ntfs' }])
    await expectBegins(await restoredVolume(bench, report), await restored(image), 'ntfs')
  })
})

describe('a damaged image', () => {
  test.each<[string, [string, ...string[]]]>([
    ['plain', ['cat']], ['gzip', ['gzip', '-c']], ['zstd', ['zstd', '-qc']], ['lzop', ['lzop', '-c']], ['xz', ['xz', '-c', '-1']],
  ])('(%s) that is cut, longer, or has a wrong bit is refused, and nothing stays', async (_, argv) => {
    const source = await filesystem(bench, 'source', 'ext2')
    const path = await compressed(await partclone(source, 'ext2'), join(bench.folder, 'image'), argv)
    const bytes = await readFile(path)
    const damaged = [
      bytes.subarray(0, 100), bytes.subarray(0, Math.floor(bytes.length * 0.7)), bytes.subarray(0, -1), Buffer.concat([bytes, Buffer.from('more')]),
      ...[0.1, 0.5, 0.99].map((place) => flipped(bytes, Math.floor(bytes.length * place))),
    ]
    for (const bytes of damaged) {
      await writeFile(path, bytes)
      await expect(imported(bench, path)).rejects.toEqual(expect.objectContaining({ code: 33, params: expect.objectContaining({ file: 'image' }) }))
      expect(await leftovers(bench)).toEqual([])
    }
  })

  test('leaves alone what was in the repository, also what it shares', async () => {
    const source = await filesystem(bench, 'source', 'ext4')
    const image = await partclone(source, 'ext4')
    const first = await imported(bench, image)
    const before = (await leftovers(bench)).sort()
    const bytes = await readFile(image)
    // New chunks come before the damage: the last bytes are wrong, and the first blocks are others.
    const half = Math.floor(bytes.length / 2)
    await writeFile(image, Buffer.concat([bytes.subarray(0, half), Buffer.from(bytes.subarray(half).map((byte) => byte ^ 1))]))
    await expect(imported(bench, image)).rejects.toEqual(corrupt)
    expect((await leftovers(bench)).sort()).toEqual(before)
    await restoredVolume(bench, first)
  })

  test('without checksums of its own is refused when its compression shows the damage', async () => {
    const source = await filesystem(bench, 'source', 'ext2')
    const path = await compressed(await partclone(source, 'ext2', '-a', '0'), join(bench.folder, 'image'), ['gzip', '-c'])
    const bytes = await readFile(path)
    await writeFile(path, flipped(bytes, bytes.length - 1000))
    await expect(imported(bench, path)).rejects.toEqual(corrupt)
    expect(await leftovers(bench)).toEqual([])
  })
})

function flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes)
  other[at]! ^= 4
  return other
}

describe('a bomb', () => {
  const header: PartcloneHeader = {
    version: 2, filesystem: 'EXTFS', deviceSize: 2 ** 44, blocks: 2 ** 32, usedBlocks: 1, blockSize: 4096,
    checksum: 'none', blocksPerChecksum: 0, reseed: true, bitmap: 'bit', creator: '0.3.23',
  }

  /** What an import of it comes to: whether it is refused, without taking much memory or time, and leaves nothing. */
  async function refusal(path: string): Promise<string> {
    const before = process.memoryUsage().rss
    const started = performance.now()
    const error: unknown = await imported(bench, path).catch((cause: unknown) => cause)
    if (!(error instanceof ClonaulaError)) return String(error)
    if (process.memoryUsage().rss - before > 900 * MIB) return 'much memory'
    if (performance.now() - started > 90_000) return 'much time'
    return (await leftovers(bench)).length > 0 ? 'something stayed' : 'refused'
  }

  test('of a map that is promised', async () => {
    const path = join(bench.folder, 'bomb')
    await writeFile(path, gzipSync(encodePartcloneHeader(header, 1, crc32)))
    expect(await refusal(path)).toBe('refused')
  })

  test('of a map in which every other block is used', async () => {
    const path = join(bench.folder, 'bomb')
    const blocks = 2 ** 26
    const bitmap = new BlockBitmap(blocks, new Uint8Array(blocks / 8).fill(0x55))
    const bytes = await collect(encodePartclone({ ...header, blocks, deviceSize: blocks * 4096 }, bitmap, once(new Uint8Array()), await partcloneTools()))
    await writeFile(path, gzipSync(bytes))
    expect((await stat(path)).size).toBeLessThan(MIB)
    expect(await refusal(path)).toBe('refused')
  })

  test('of zeros after an image', async () => {
    const source = await filesystem(bench, 'source', 'ext2')
    const image = await partclone(source, 'ext2')
    await truncate(image, 4 * 1024 * MIB)
    expect(await refusal(await compressed(image, join(bench.folder, 'bomb'), ['zstd', '-qc']))).toBe('refused')
  })

  test('of small lists that are not small', async () => {
    const path = join(bench.folder, 'Win10.img')
    await writeFile(path, '')
    await writeFile(`${path}.info`, '')
    await truncate(`${path}.info`, 1024 * MIB)
    expect(await refusal(path)).toBe('refused')
  })
})

test('stops when it is asked for, and nothing stays', async () => {
  const source = await filesystem(bench, 'source', 'ext4')
  const path = await compressed(await partclone(source, 'ext4'), join(bench.folder, 'image'), ['lzop', '-c'])
  const stop = new AbortController()
  const progress: number[] = []
  const work = importImage({
    repository: bench.store, name: 'imported', description: '', format: 'auto', path, creator: 'test', signal: stop.signal,
    onProgress: ({ phase, done, total }) => {
      if (phase === 'import') progress.push(done / total)
      if (done > 0) stop.abort()
    },
  })
  await expect(work).rejects.toMatchObject({ name: 'AbortError' })
  expect(progress.every((share) => share <= 1)).toBe(true)
  expect(await leftovers(bench)).toEqual([])
})

test('a full disk ends an import with its code, and gives the room back', async () => {
  const source = await filesystem(bench, 'source', 'ext4')
  // More than one pack: the first is stored when the second finds no room.
  await bench.mounted(source, (folder) => writeFile(join(folder, 'noise'), noise('noise', 24 * MIB)))
  const image = await partclone(source, 'ext4')
  const small = await bench.empty('small.ext4', 24 * MIB)
  await runCommand(['mkfs.ext4', '-q', '-F', '-O', '^has_journal', small])
  await bench.mounted(small, async (folder) => {
    await using repository = await LocalRepository.open(join(folder, 'repository'))
    const free = async (): Promise<number> => Number((await runCommand(['stat', '-f', '-c', '%a', folder])).stdout)
    await repository.locate([]) // makes its folders
    const before = await free()
    await expect(importImage({ repository, name: 'x', description: '', format: 'auto', path: image, creator: 'test' })).rejects.toMatchObject({ code: 16 })
    expect(before - await free()).toBeLessThanOrEqual(32)
    expect(await repository.listManifests()).toEqual([])
    expect(await repository.listPacks()).toEqual([])
  })
})

test('the same file gives the same image, whoever compressed it', async () => {
  const source = await filesystem(bench, 'source', 'ext2')
  const image = await partclone(source, 'ext2')
  const hashes: string[] = []
  for (const argv of [['cat'], ['lzip', '-c']] as const) {
    const report = await imported(bench, await compressed(image, join(bench.folder, 'image'), [...argv] as [string, ...string[]]))
    const target = await restoredVolume(bench, report)
    await using file = await open(target)
    hashes.push(createHash('sha256').update(await file.readFile()).digest('hex'))
  }
  expect(new Set(hashes).size).toBe(1)
})
