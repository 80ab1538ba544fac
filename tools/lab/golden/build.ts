/**
 * The golden disk: a small Debian that starts by BIOS, UEFI and Secure Boot, from virtio, SATA and NVMe.
 *
 *     unshare --mount node tools/lab/golden/build.ts [plain|ntfs]
 *
 * Made once and kept in .cache/golden under a name that changes with the recipe. Needs root. In a mount namespace
 * of its own nobody else can copy its mounts and keep the loop device busy.
 */
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { runCommand } from '#image/run/run.ts'
import { CleanupStack } from '../host/cleanup.ts'
import { isAlive } from '../host/process.ts'
import { supervise } from '../host/supervise.ts'
import { attachDisk, mount } from './block-device.ts'
import { fillEsp, installGrub } from './boot-loaders.ts'
import { fillDataPartition } from './data-partition.ts'
import { diskSize, partitionsOf, type GoldenPartition, type GoldenVariant } from './recipe.ts'
import { addWitnesses, configure, installDebian } from './system.ts'

const cache = resolve(import.meta.dirname, '../../../.cache/golden')

/** Where the disk of this recipe is, or will be. */
export async function goldenPath(variant: GoldenVariant): Promise<string> {
  const hash = createHash('sha256')
  const entries = await readdir(import.meta.dirname, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
  for (const file of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(file.slice(import.meta.dirname.length)).update(await readFile(file))
  }
  return join(cache, `${variant}-${hash.digest('hex').slice(0, 12)}.raw`)
}

async function partition(image: string, partitions: readonly GoldenPartition[]): Promise<void> {
  const lines = partitions.map(({ name, type, size }) => `size=${size / 1024}KiB, type=${type}, name="${name}"`)
  await runCommand(['sfdisk', '--quiet', image], { stdin: ['label: gpt', ...lines].join('\n') })
}

async function filesystemUuid(partition: string): Promise<string> {
  const { stdout } = await runCommand(['blkid', '--probe', '--match-tag', 'UUID', '--output', 'value', partition])
  return stdout.trim()
}

/** Builds the disk into `image`. What it mounts and attaches is undone by `cleanup`, after success too. */
async function build(
  image: string, variant: GoldenVariant, scratch: string, cleanup: CleanupStack, signal: AbortSignal,
): Promise<void> {
  await writeFile(image, '')
  await truncate(image, diskSize(variant))
  await partition(image, partitionsOf(variant))
  const device = await attachDisk(image, cleanup)
  const [esp, rootPartition, data] = [`${device}p2`, `${device}p3`, `${device}p4`]
  await runCommand(['mkfs.fat', '-F', '32', '-n', 'ESP', esp])
  // GRUB 2.06 of this Debian cannot read filesystems with these two features.
  const features = '^metadata_csum_seed,^orphan_file'
  await runCommand(['mkfs.ext4', '-q', '-L', 'golden', '-O', features, rootPartition])
  const ids = { root: await filesystemUuid(rootPartition), esp: await filesystemUuid(esp) }

  const root = join(scratch, 'root')
  await mkdir(root)
  await mount([rootPartition], root, cleanup)
  await installDebian(root, signal)
  await configure(root, ids)
  await installGrub(root, device, ids.root, cleanup)
  await fillEsp(root, esp, ids.root, scratch)
  await addWitnesses(root)
  if (variant === 'ntfs') await fillDataPartition(data, scratch, cleanup)
  // The raw file then holds only what is in use.
  await runCommand(['fstrim', root])
}

/** Disks of former recipes, and of builds that were killed, are of no use to anybody. */
async function removeFormer(variant: GoldenVariant, current: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const [, of, builder] = /^(\w+)-\w+\.raw(?:\.(\d+))?$/.exec(name) ?? []
    const unused = builder === undefined ? join(cache, name) !== current : !isAlive(Number(builder))
    if (of === variant && unused) await rm(join(cache, name))
  }
}

async function main(variant: GoldenVariant, cleanup: CleanupStack, signal: AbortSignal): Promise<number> {
  const path = await goldenPath(variant)
  if (await stat(path).catch(() => undefined)) {
    console.log(`golden disk: ${path} is there`)
    return 0
  }
  console.log(`golden disk: making ${path}`)
  const start = performance.now()
  await mkdir(cache, { recursive: true })
  const scratch = await mkdtemp(join(tmpdir(), 'clonaula-golden-'))
  cleanup.push(scratch, () => rm(scratch, { recursive: true, force: true }))
  const unfinished = `${path}.${process.pid}`
  cleanup.push(unfinished, () => rm(unfinished, { force: true }))

  const attached = new CleanupStack()
  try {
    await build(unfinished, variant, scratch, attached, signal)
  } finally {
    for (const failure of await attached.unwind()) console.error(failure)
  }
  await rename(unfinished, path)
  await removeFormer(variant, path)
  const { blocks } = await stat(path)
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  console.log(`golden disk: ${Math.round((blocks * 512) / 1e6)} MB in ${seconds} s`)
  return 0
}

if (import.meta.main) {
  const variant = z.enum(['plain', 'ntfs']).parse(process.argv[2] ?? 'plain')
  await supervise((cleanup, signal) => main(variant, cleanup, signal))
}
