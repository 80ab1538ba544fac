import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { readManifest, restoreVolumes, runCommand } from '#image/index.ts'
import { importImage, type ImportReport } from '#image/import/import-image.ts'
import type { LegacyFormat } from '#image/import/plan.ts'
import { noise, NTFS, type Bench, type MountCommand } from './support.ts'

export const MIB = 1024 * 1024

export interface Kind {
  partclone: string
  /** In the images that it makes. */
  name: string
  size: number
  make: [string, ...string[]]
  check: [string, ...string[]]
  fill: Fill
}

/** Puts files into a filesystem that was just made. @param seed other files for each */
type Fill = (bench: Bench, image: string, seed: string) => Promise<unknown>

export const KINDS = {
  ext4: {
    partclone: 'extfs', name: 'EXTFS', size: 48 * MIB, make: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-L', 'raíz'],
    check: ['e2fsck', '-fn'], fill: mounted(),
  },
  ext3: {
    partclone: 'extfs', name: 'EXTFS', size: 24 * MIB, make: ['mkfs.ext3', '-q', '-F', '-b', '1024'],
    check: ['e2fsck', '-fn'], fill: mounted(),
  },
  ext2: {
    partclone: 'extfs', name: 'EXTFS', size: 24 * MIB + 1024, make: ['mkfs.ext2', '-q', '-F', '-b', '1024'],
    check: ['e2fsck', '-fn'], fill: mounted(),
  },
  xfs: {
    partclone: 'xfs', name: 'XFS', size: 320 * MIB, make: ['mkfs.xfs', '-q', '-L', 'datos'],
    check: ['xfs_repair', '-n'], fill: mounted(),
  },
  btrfs: {
    partclone: 'btrfs', name: 'BTRFS', size: 128 * MIB, make: ['mkfs.btrfs', '-q'],
    check: ['btrfs', 'check', '--readonly'], fill: mounted(),
  },
  f2fs: {
    partclone: 'f2fs', name: 'F2FS', size: 128 * MIB, make: ['mkfs.f2fs', '-q', '-l', 'datos'],
    check: ['fsck.f2fs', '--dry-run'], fill: loaded,
  },
  ntfs: {
    partclone: 'ntfs', name: 'NTFS', size: 32 * MIB + 3 * 512, make: ['mkfs.ntfs', '-q', '-Q', '-F', '-L', 'Windows'],
    check: ['ntfsfix', '-n'], fill: mounted(NTFS),
  },
  fat12: {
    partclone: 'vfat', name: 'FAT12', size: 6 * MIB, make: ['mkfs.vfat', '-F', '12'],
    check: ['fsck.fat', '-n'], fill: copied,
  },
  fat16: {
    partclone: 'vfat', name: 'FAT16', size: 16 * MIB, make: ['mkfs.vfat', '-F', '16', '-n', 'DATOS'],
    check: ['fsck.fat', '-n'], fill: copied,
  },
  fat32: {
    partclone: 'vfat', name: 'FAT32', size: 40 * MIB, make: ['mkfs.vfat', '-F', '32', '-n', 'ESP'],
    check: ['fsck.fat', '-n'], fill: copied,
  },
  exfat: {
    partclone: 'exfat', name: 'EXFAT', size: 32 * MIB, make: ['mkfs.exfat'],
    check: ['fsck.exfat', '-n'], fill: attached,
  },
} satisfies Record<string, Kind>
export type KindName = keyof typeof KINDS

function mounted(mount?: MountCommand): Fill {
  return (bench, image, seed) => bench.mounted(image, (folder) => makeFiles(folder, seed), mount)
}

/** exFAT's FUSE server takes devices only. */
function attached(bench: Bench, image: string, seed: string): Promise<void> {
  return bench.attached(image, (device) => bench.mounted(device, (folder) => makeFiles(folder, seed), ['mount.exfat-fuse']))
}

/** For kernels that do not mount F2FS. */
function loaded(bench: Bench, image: string, seed: string): Promise<unknown> {
  return withFiles(bench, (folder) => makeFiles(folder, seed), (folder) => runCommand(['sload.f2fs', '-f', folder, image]))
}

/** For kernels that do not mount FAT. */
function copied(bench: Bench, image: string): Promise<unknown> {
  const make = async (folder: string): Promise<void> => {
    for (let at = 0; at < 10; at += 1) await writeFile(join(folder, `f${at}.bin`), noise(`fat${at}`, at * 50_000))
  }
  return withFiles(bench, make, async (folder) => {
    await runCommand(['mcopy', '-s', '-i', image, folder, '::/'])
    await runCommand(['mdel', '-i', image, '::/files/f4.bin'])
  })
}

async function withFiles(bench: Bench, make: (folder: string) => Promise<void>, put: (folder: string) => Promise<unknown>): Promise<void> {
  const folder = join(bench.folder, 'files')
  await mkdir(folder)
  await make(folder)
  await put(folder)
  await rm(folder, { recursive: true })
}

/** Files of many sizes, with holes between them where others were. */
async function makeFiles(folder: string, seed: string): Promise<void> {
  for (let at = 0; at < 40; at += 1) await writeFile(join(folder, `file-${at}`), noise(`${seed}-${at}`, 3000 + at * 4001))
  for (let at = 0; at < 40; at += 5) await rm(join(folder, `file-${at}`))
  await mkdir(join(folder, 'ñandú'))
  await writeFile(join(folder, 'ñandú', 'texto'), 'hola\n'.repeat(20_000))
}

/** A filesystem with something in it. */
export async function filesystem(bench: Bench, name: string, kind: KindName, size: number = KINDS[kind].size): Promise<string> {
  const { make, fill }: Kind = KINDS[kind]
  const path = await bench.empty(name, size)
  await runCommand([...make, path])
  await fill(bench, path, name)
  return path
}

/** An image of a filesystem as partclone makes it. */
export async function partclone(source: string, kind: KindName, ...options: string[]): Promise<string> {
  const image = `${source}.ptcl`
  await runCommand([`partclone.${KINDS[kind].partclone}`, '-c', '-F', '-q', '-f', '0', '-L', '/dev/null', ...options, '-s', source, '-O', image])
  return image
}

/** What partclone's own program makes of an image: the referee. */
export async function restored(image: string): Promise<string> {
  const path = `${image}.restored`
  await rm(path, { force: true })
  await runCommand(['partclone.restore', '-q', '-f', '0', '-C', '-W', '-L', '/dev/null', '-s', image, '-o', path])
  return path
}

/** Pipes a file through a compressor into another one. */
export async function compressed(source: string, target: string, argv: readonly [string, ...string[]]): Promise<string> {
  await runCommand(['sh', '-c', '"$@" < "$SOURCE" > "$TARGET"', 'sh', ...argv], { env: { SOURCE: source, TARGET: target } })
  return target
}

export async function imported(
  bench: Bench, path: string, { name = 'imported', format = 'auto' }: { name?: string; format?: LegacyFormat | 'auto' } = {},
): Promise<ImportReport> {
  return importImage({ repository: bench.store, name, description: '', format, path, creator: 'test' })
}

/** Restores a partition of an image into a file of its size. */
export async function restoredVolume(bench: Bench, report: Pick<ImportReport, 'ref'>, number = 1): Promise<string> {
  const manifest = await bench.store.manifest(report.ref.manifest)
  const { facts } = await readManifest(manifest)
  const target = await bench.empty(`target-${number}`, facts.volumes.find((volume) => volume.number === number)!.size)
  await restoreVolumes({ manifest, volumes: [{ number, path: target }], source: bench.store, verify: true })
  return target
}

/** Of NTFS its last sector, the copy of the boot sector, which partclone leaves out and an import puts back. */
const LEFT_OUT = 4096

/** Fails unless two files are the same as far as both go. */
export async function expectBegins(path: string, expected: string, kind?: KindName): Promise<void> {
  const limit = Math.min((await stat(path)).size, (await stat(expected)).size) - (kind === 'ntfs' ? LEFT_OUT : 0)
  expect(limit).toBeGreaterThan(MIB)
  await runCommand(['cmp', '--bytes', String(limit), path, expected])
}

/** Everything in a repository's folder but its lock and its name. */
export async function leftovers(bench: Bench): Promise<string[]> {
  const entries = await readdir(bench.store.root, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile() && entry.name !== 'repository.json' && !entry.parentPath.includes('locks'))
    .map(({ name }) => name)
}

/** Of a file, or of its last bytes, as OpenGnsys has it. */
export async function md5(path: string, last?: number): Promise<string> {
  const { size } = await stat(path)
  const hash = createHash('md5')
  for await (const piece of createReadStream(path, { start: last === undefined ? 0 : Math.max(0, size - last) })) hash.update(piece as Buffer)
  return hash.digest('hex')
}

/** Cuts a file into parts as split(1) does. */
export async function split(path: string, bytes: number, ...options: string[]): Promise<void> {
  await runCommand(['split', ...options, '-b', String(bytes), path, `${path}.`])
  await rm(path)
}
