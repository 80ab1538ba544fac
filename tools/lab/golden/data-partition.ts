/**
 * The golden disk's NTFS partition, and the check from the host that a restored one has the same files:
 *
 *     unshare --mount node tools/lab/golden/data-partition.ts DISK
 *
 * prints a DataCheck as JSON. In a mount namespace of its own nobody else can copy its mounts and keep the loop
 * device busy.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rmdir, statfs, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runCommand } from '#image/run/run.ts'
import { CleanupStack } from '../host/cleanup.ts'
import { attachDisk, mount } from './block-device.ts'

const MANIFEST = 'MANIFEST.json'

/** Names that a careless tool would spoil, and sizes on both sides of what fits into the MFT record itself. */
const FILES: Record<string, number> = {
  'resident.txt': 200,
  'Documentos/Exámenes de mañana.dat': 3_000_000,
  'Documentos/ñandú/資料.bin': 70_001,
  'Videos/large.bin': 20_000_000,
}

export async function fillDataPartition(partition: string, scratch: string, cleanup: CleanupStack): Promise<void> {
  await runCommand(['mkfs.ntfs', '--quick', '--label', 'DATOS', partition])
  const where = join(scratch, 'data')
  await mkdir(where)
  await mount(['-t', 'ntfs-3g', partition], where, cleanup)
  for (const [name, size] of Object.entries(FILES)) {
    await mkdir(join(where, name, '..'), { recursive: true })
    await writeFile(join(where, name), randomBytes(size))
  }
  await writeFile(join(where, MANIFEST), JSON.stringify(await hashes(where)))
}

async function hashes(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const name of Object.keys(FILES)) {
    found[name] = createHash('sha256').update(await readFile(join(folder, name))).digest('hex')
  }
  return found
}

export interface DataCheck {
  /** Every file has the bytes that the golden disk's has. */
  content: boolean
  /** Bytes of the filesystem as it is mounted. */
  size: number
}

/** Mounts partition 4 of a raw disk image read-only. */
async function check(image: string): Promise<DataCheck> {
  const cleanup = new CleanupStack()
  try {
    const where = await mkdtemp(join(tmpdir(), 'clonaula-data-'))
    cleanup.push(where, () => rmdir(where))
    const device = await attachDisk(image, cleanup)
    await mount(['-t', 'ntfs-3g', '-o', 'ro', `${device}p4`], where, cleanup)
    const expected = await readFile(join(where, MANIFEST), 'utf8')
    const { blocks, bsize } = await statfs(where)
    return { content: JSON.stringify(await hashes(where)) === expected, size: blocks * bsize }
  } finally {
    for (const failure of await cleanup.unwind()) console.error(failure)
  }
}

if (import.meta.main) console.log(JSON.stringify(await check(process.argv[2] ?? '')))
