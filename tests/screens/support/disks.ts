import { createHash, randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/index.ts'
import { LoopDisk, MIB } from '../../integration/agent/loop-disk.ts'

const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
const DISK_SIZE = 700 * MIB
/** Enough that a restore's progress can be seen, and written in seconds. */
const DATA_SIZE = 200 * MIB

/** Partition 1: 480 MiB; partition 2: 48 MiB, in which the data of the first cannot go. */
const TABLE = `label: gpt\nstart=2048, size=${480 * 2048}, type=${LINUX}\nsize=${48 * 2048}, type=${LINUX}\n`

/** A reference computer's disk: an ext4 with data on partition 1. Also the SHA-256 of its file. */
export async function makeReferenceDisk(): Promise<{ disk: LoopDisk; sha256: string }> {
  const disk = await LoopDisk.create(DISK_SIZE)
  await disk.table(TABLE)
  await runCommand(['mkfs.ext4', '-q', '-L', 'datos', disk.partition(1)])
  const data = randomBytes(DATA_SIZE)
  await disk.mounted(1, (folder) => writeFile(join(folder, 'data.bin'), data))
  return { disk, sha256: createHash('sha256').update(data).digest('hex') }
}

/** A computer to restore to: the same table, nothing worth keeping on it. */
export async function makeTargetDisk(): Promise<LoopDisk> {
  const disk = await LoopDisk.create(DISK_SIZE)
  await disk.table(TABLE)
  await runCommand(['mkfs.ext4', '-q', disk.partition(1)])
  await runCommand(['mkfs.ext4', '-q', disk.partition(2)])
  return disk
}

export async function dataOn(disk: LoopDisk): Promise<string> {
  return disk.mounted(1, async (folder) => {
    const { stdout } = await runCommand(['sha256sum', join(folder, 'data.bin')])
    return stdout.slice(0, 64)
  }, 'ro')
}
