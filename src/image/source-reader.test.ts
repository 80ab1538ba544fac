import { appendFileSync, readFileSync, truncateSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { MAX_UNREADABLE_RANGES } from '#shared/formats/manifest-facts.ts'
import { captureVolumes } from './capture.ts'
import { readChunks } from './read-chunks.ts'
import { LocalRepository } from './repository/local.ts'
import { SourceReader } from './source-reader.ts'

const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })

/** A medium full of ones that cannot read some of its blocks; past the kernel's cache a read fails as a whole, wherever the block is. */
function medium(isBad: (block: number) => boolean) {
  return {
    async read(into: Uint8Array, offset: number): Promise<void> {
      for (let at = offset; at < offset + into.length; at += BLOCK) {
        if (isBad(Math.floor(at / BLOCK))) throw new ClonaulaError('diskError', `read failed at byte ${offset}`, { offset })
      }
      into.fill(1)
    },
  }
}

async function readAll(reader: SourceReader, length: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const { bytes } of readChunks(reader, [{ offset: 0, length }], { ahead: 4 })) parts.push(Buffer.from(bytes))
  return Buffer.concat(parts)
}

describe('a medium with places that cannot be read', () => {
  const isBad = (block: number): boolean => block === 3 || block === 4 || block === 300

  test('ends the reading there', async () => {
    await expect(readAll(new SourceReader(medium(isBad)), 400 * BLOCK)).rejects.toThrow(
      expect.objectContaining({ code: 108, params: { offset: 3 * BLOCK } }))
  })

  test('gives zeros for exactly these blocks when they are skipped, and lists them', async () => {
    const reader = new SourceReader(medium(isBad), 'skip')
    const bytes = await readAll(reader, 400 * BLOCK)
    const zeros = Array.from({ length: 400 }, (_, at) => at).filter((at) => bytes.subarray(at * BLOCK, (at + 1) * BLOCK).every((byte) => byte === 0))
    expect(zeros).toEqual([3, 4, 300])
    expect(bytes.filter((byte) => byte === 1).length).toBe(397 * BLOCK)
    expect(reader.incomplete).toEqual({
      bytes: 3 * BLOCK, ranges: [{ offset: 3 * BLOCK, length: 2 * BLOCK }, { offset: 300 * BLOCK, length: BLOCK }],
    })
  })

  test('counts more of them than it lists', async () => {
    const reader = new SourceReader(medium((block) => block % 2 === 0), 'skip')
    await readAll(reader, 3000 * BLOCK)
    expect(reader.incomplete?.bytes).toBe(1500 * BLOCK)
    expect(reader.incomplete?.ranges.length).toBe(MAX_UNREADABLE_RANGES)
  })

  test('are listed in order also when a later one is found first', async () => {
    const bad = medium((block) => block === 1 || block === 700 || block === 1300)
    const read = async (into: Uint8Array, offset: number) => {
      if (offset === 0) await sleep(20)
      await bad.read(into, offset)
    }
    const reader = new SourceReader({ read }, 'skip')
    await readAll(reader, 2000 * BLOCK)
    expect(reader.incomplete?.ranges.map(({ offset }) => offset / BLOCK)).toEqual([1, 700, 1300])
  })

  test('hides no error that is none of the medium’s', async () => {
    const broken = { read: () => Promise.reject(new Error('a mistake of ours')) }
    await expect(readAll(new SourceReader(broken, 'skip'), BLOCK)).rejects.toThrow('a mistake of ours')
  })

  test('is whole when all of it can be read', async () => {
    const reader = new SourceReader(medium(() => false), 'skip')
    await readAll(reader, 10 * BLOCK)
    expect(reader.incomplete).toBeUndefined()
  })
})

describe('a source that changes while it is read', () => {
  const SIZE = 600 * BLOCK
  let folder: string
  let source: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clonaula-change-'))
    source = join(folder, 'source')
    await writeFile(source, Buffer.alloc(SIZE, 7))
    await utimes(source, 1_000_000, 1_000_000)
  })
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true })
  })

  /** Captures, and does something to the source when its reading begins. */
  async function captureWhile(change: () => unknown) {
    return captureVolumes({
      volumes: [{ number: 1, path: source, filesystem: 'unknown', mode: 'sector' }], creator: 'test', source: 'test',
      store: await LocalRepository.open(join(folder, 'repository')),
      onProgress: ({ phase, done }) => {
        if (phase === 'capture' && done === 0) change()
      },
    })
  }

  test.each<[string, () => unknown]>([
    ['is written to', () => writeFileSync(source, 'x', { flag: 'r+' })],
    ['grows', () => appendFileSync(source, 'x')],
    ['is truncated to the size that it has', () => truncateSync(source, SIZE)],
    ['is touched', () => utimesSync(source, 2_000_000, 2_000_000)],
  ])('and %s gives no image', async (_, change) => {
    await expect(captureWhile(change)).rejects.toThrow(failing(122))
  })

  test('and is only read gives one', async () => {
    await expect(captureWhile(() => readFileSync(source))).resolves.toMatchObject({ figures: { bytesRead: SIZE } })
  })
})
