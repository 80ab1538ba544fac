import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/index.ts'
import { LoopDisk, MIB } from '../integration/agent/loop-disk.ts'

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
const DISK_SIZE = 700 * MIB
/** Enough that a restore's progress can be seen, and written in seconds. */
const DATA_SIZE = 200 * MIB

/** Partition 1: 480 MiB; partition 2: 48 MiB, in which the data of the first cannot go. */
const TABLE = `label: gpt\nstart=2048, size=${480 * 2048}, type=${LINUX}\nsize=${48 * 2048}, type=${LINUX}\n`
const TIGHT_TABLE = `label: gpt\nstart=2048, size=${400 * 2048}, type=${LINUX}\n`
const SMALL_TABLE = `label: gpt\nsize=50M, type=${LINUX}\n`

export interface Reference {
  disk: LoopDisk
  /** Of the file on partition 1. */
  sha256: string
}

/** Makes the disks of a test's computers, and removes them all, however the test ended. */
export class Disks {
  readonly #made: LoopDisk[] = []

  /** A reference computer's: an ext4 with data on partition 1. */
  async reference(): Promise<Reference> {
    const disk = await this.#make(DISK_SIZE, TABLE)
    await runCommand(['mkfs.ext4', '-q', '-L', 'datos', disk.partition(1)])
    const data = randomBytes(DATA_SIZE)
    await disk.mounted(1, (folder) => writeFile(join(folder, 'data.bin'), data))
    return { disk, sha256: createHash('sha256').update(data).digest('hex') }
  }

  /** A computer's to restore to: the same table, nothing worth keeping on it. */
  async target(): Promise<LoopDisk> {
    const disk = await this.#make(DISK_SIZE, TABLE)
    await runCommand(['mkfs.ext4', '-q', disk.partition(1)])
    await runCommand(['mkfs.ext4', '-q', disk.partition(2)])
    return disk
  }

  /** As `target`, with free space at its end in which a CACHE can keep the reference's data. */
  async roomy(): Promise<LoopDisk> {
    const disk = await this.#make(DISK_SIZE + 300 * MIB, TABLE)
    await runCommand(['mkfs.ext4', '-q', disk.partition(1)])
    return disk
  }

  /** One with room for the reference's data, and not for a partition like the one that they are on. */
  async tight(): Promise<LoopDisk> {
    return this.#make(404 * MIB, TIGHT_TABLE)
  }

  /** One on which the reference's data cannot go. */
  async small(): Promise<LoopDisk> {
    return this.#make(64 * MIB, SMALL_TABLE)
  }

  async #make(size: number, table: string): Promise<LoopDisk> {
    const disk = await LoopDisk.create(size)
    this.#made.push(disk)
    await disk.table(table)
    return disk
  }

  async remove(): Promise<void> {
    for (const disk of this.#made) await disk[Symbol.asyncDispose]()
  }
}

/** SHA-256 of what a restore should have brought. */
export async function dataOn(disk: LoopDisk): Promise<string> {
  return disk.mounted(1, async (folder) => {
    const { stdout } = await runCommand(['sha256sum', join(folder, 'data.bin')])
    return stdout.slice(0, 64)
  }, 'ro')
}
