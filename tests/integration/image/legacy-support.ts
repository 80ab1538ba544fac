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
  size: number
  make: [string, ...string[]]
  check: [string, ...string[]]
  mount?: MountCommand | 'mtools'
}

export const KINDS = {
  ext4: { partclone: 'extfs', size: 48 * MIB, make: ['mkfs.ext4', '-q', '-F', '-b', '4096', '-L', 'raíz'], check: ['e2fsck', '-fn'] },
  ext2: { partclone: 'extfs', size: 24 * MIB + 1024, make: ['mkfs.ext2', '-q', '-F', '-b', '1024'], check: ['e2fsck', '-fn'] },
  xfs: { partclone: 'xfs', size: 320 * MIB, make: ['mkfs.xfs', '-q', '-L', 'datos'], check: ['xfs_repair', '-n'] },
  btrfs: { partclone: 'btrfs', size: 128 * MIB, make: ['mkfs.btrfs', '-q'], check: ['btrfs', 'check', '--readonly'] },
  ntfs: {
    partclone: 'ntfs', size: 32 * MIB + 3 * 512, make: ['mkfs.ntfs', '-q', '-Q', '-F', '-L', 'Windows'],
    check: ['ntfsfix', '-n'], mount: NTFS,
  },
  fat32: { partclone: 'vfat', size: 40 * MIB, make: ['mkfs.vfat', '-F', '32', '-n', 'ESP'], check: ['fsck.fat', '-n'], mount: 'mtools' },
  exfat: { partclone: 'exfat', size: 32 * MIB, make: ['mkfs.exfat'], check: ['fsck.exfat', '-n'], mount: 'mtools' },
} satisfies Record<string, Kind>
export type KindName = keyof typeof KINDS

/** Files of many sizes, with holes between them where others were. */
async function fill(folder: string, seed: string): Promise<void> {
  for (let at = 0; at < 40; at += 1) await writeFile(join(folder, `file-${at}`), noise(`${seed}-${at}`, 3000 + at * 4001))
  for (let at = 0; at < 40; at += 5) await rm(join(folder, `file-${at}`))
  await mkdir(join(folder, 'ñandú'))
  await writeFile(join(folder, 'ñandú', 'texto'), 'hola\n'.repeat(20_000))
}

/** A filesystem with something in it. */
export async function filesystem(bench: Bench, name: string, kind: KindName, size: number = KINDS[kind].size): Promise<string> {
  const { make, mount }: Kind = KINDS[kind]
  const path = await bench.empty(name, size)
  await runCommand([...make, path])
  if (mount === 'mtools') {
    if (kind === 'fat32') await fillFat(bench, path)
  } else await bench.mounted(path, (folder) => fill(folder, name), mount)
  return path
}

async function fillFat(bench: Bench, path: string): Promise<void> {
  const folder = join(bench.folder, 'fat')
  await mkdir(folder)
  for (let at = 0; at < 10; at += 1) await writeFile(join(folder, `f${at}.bin`), noise(`fat${at}`, at * 50_000))
  await runCommand(['mcopy', '-s', '-i', path, folder, '::/'])
  await rm(folder, { recursive: true })
}

/** An image of a filesystem as partclone makes it. */
export async function partclone(source: string, kind: KindName, ...options: string[]): Promise<string> {
  const image = `${source}.ptcl`
  await runCommand([`partclone.${KINDS[kind].partclone}`, '-c', '-F', '-q', '-L', '/dev/null', ...options, '-s', source, '-O', image])
  return image
}

/** What partclone's own program makes of an image: the referee. */
export async function restored(image: string): Promise<string> {
  const path = `${image}.restored`
  await rm(path, { force: true })
  await runCommand(['partclone.restore', '-q', '-C', '-W', '-L', '/dev/null', '-s', image, '-o', path])
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
