/** The disks of a class: small, all alike, copies of one that is made once. */
import { createHash, randomBytes } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CACHE_LABEL, CACHE_PARTITION } from '#shared/domain/cache.ts'
import { runCommand } from '#image/index.ts'
import { LoopDisk, MIB } from '../../agent/loop-disk.ts'

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
/** MiB of the partition that is captured and restored, and of the CACHE. */
const [SYSTEM, CACHE] = [64, 96]
const TABLE = `label: gpt\n1 : size=${SYSTEM}M, type=${LINUX}\n`
const TABLE_WITH_CACHE = `${TABLE}${CACHE_PARTITION} : size=${CACHE}M, type=${LINUX}, name="${CACHE_LABEL}"\n`

export const SYSTEM_PARTITION = 1
export { CACHE_PARTITION }

/** Makes disks, and removes them all. Sparse files: one costs what is written to it. */
export class ClassDisks {
  readonly #disks: LoopDisk[] = []
  #empty: LoopDisk | undefined

  /** Nothing on partition 1, and an empty CACHE. */
  async withCache(): Promise<LoopDisk> {
    this.#empty ??= await this.#emptyWithCache()
    return this.#keep(await LoopDisk.copyOf(this.#empty))
  }

  /** Nothing on partition 1, and no other. */
  async withoutCache(): Promise<LoopDisk> {
    const disk = this.#keep(await LoopDisk.create((SYSTEM + 2) * MIB))
    await disk.table(TABLE)
    return disk
  }

  async #emptyWithCache(): Promise<LoopDisk> {
    const disk = this.#keep(await LoopDisk.create((SYSTEM + CACHE + 2) * MIB))
    await disk.table(TABLE_WITH_CACHE)
    await runCommand(['mkfs.ext4', '-q', '-L', CACHE_LABEL, '-m', '0', '-T', 'largefile', disk.partition(CACHE_PARTITION)])
    return disk
  }

  #keep(disk: LoopDisk): LoopDisk {
    this.#disks.push(disk)
    return disk
  }

  async remove(): Promise<void> {
    for (const disk of this.#disks.splice(0)) await disk[Symbol.asyncDispose]()
  }
}

/**
 * Puts an ext4 on partition 1, with files of all sizes that take about so many bytes, most of them in one that does not compress.
 * @returns its `digest`
 */
export async function install(disk: LoopDisk, bytes: number): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-class-'))
  try {
    await writeFile(join(folder, 'noise'), randomBytes(Math.round(bytes * 0.8)))
    await writeFile(join(folder, 'text'), 'aula de informática\n'.repeat(Math.round(bytes / 100)))
    await mkdir(join(folder, 'small'))
    for (let at = 0; at < 100; at += 1) await writeFile(join(folder, 'small', `${at}`), randomBytes(at * 10))
    await runCommand(['mkfs.ext4', '-q', '-E', 'lazy_itable_init=0,lazy_journal_init=0', '-d', folder, disk.partition(SYSTEM_PARTITION)])
  } finally {
    await rm(folder, { recursive: true })
  }
  return digest(disk)
}

/** Where the superblock of an ext4 notes when and how often it was mounted, checked and written: all that a check after a restore changes. */
const NOTES = [[0x2c, 10], [0x40, 4], [0x178, 8], [0x3fc, 4]] as const
const SUPERBLOCK = 1024

/** SHA-256 of all of partition 1, those notes aside. */
export async function digest(disk: LoopDisk): Promise<string> {
  const hash = createHash('sha256')
  let at = 0
  for await (const data of createReadStream(disk.partition(SYSTEM_PARTITION), { highWaterMark: MIB }) as AsyncIterable<Buffer>) {
    if (at === 0) for (const [offset, length] of NOTES) data.fill(0, SUPERBLOCK + offset, SUPERBLOCK + offset + length)
    hash.update(data)
    at += data.length
  }
  return hash.digest('hex')
}

/** Makes partition 1 all zeros, so that its digest after a restore is that of the source, blocks that nothing uses included. */
export async function wipe(disk: LoopDisk): Promise<void> {
  await runCommand(['blkdiscard', '--force', '--zeroout', disk.partition(SYSTEM_PARTITION)])
}
