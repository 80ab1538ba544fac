import { rm, stat } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import {
  growTarget, noteText, prepareSource, readManifest, restoreVolumes, runCommand, type Argv, type GrowStep,
} from '#image/index.ts'
import { familyOf } from '#image/filesystem/families.ts'
import { readHead } from '#image/filesystem/block-device.ts'
import { Bench, describeFiles, NTFS, type MountCommand } from '../support.ts'
import { addBtrfs, describeAttributes, describeHoles, fillLinux, fillNtfs, placeFar, READ_BY_USER } from './content.ts'

const GB = 1024 ** 3
const MB = 1024 ** 2

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

interface Case {
  filesystem: Filesystem
  make: Argv
  check: Argv
  mount?: MountCommand
  fill: (folder: string) => Promise<void>
  /** What the description of its files shows when everything took place that `fill` asks for. */
  shows: readonly string[]
  size: number
  /** Bytes that it is shrunk to at most; absent where nothing shrinks it. */
  shrunk?: number
  /** A target that is smaller than the source, where that can be. */
  small?: number
}

async function fillFar(folder: string): Promise<void> {
  await placeFar(folder)
  await fillLinux(folder)
}

async function fillFarBtrfs(folder: string): Promise<void> {
  await fillFar(folder)
  await addBtrfs(folder)
}

const LINUX = ['sparse 20000000 with holes', 'user.origin="aula 3"', 'system.posix_acl_access=', 'system.posix_acl_default=', 'trusted.clonaula=',
  'security.capability=']
const BTRFS = [...LINUX, 'btrfs.compression="zstd"']
const NTFS_FILES = ['sparse 20000000 with holes', 'compressed/text 4400000 with holes', 'system.ntfs_attrib_be=0x00000820',
  'system.ntfs_attrib_be=0x00000006', `system.ntfs_acl=${READ_BY_USER}`, 'user.Zone.Identifier="[ZoneTransfer]"']

const CASES: Case[] = [
  {
    filesystem: 'ext4', size: 20 * GB, make: ['mkfs.ext4', '-q', '-F'],
    check: ['e2fsck', '-fn'], fill: fillFar, shows: LINUX, shrunk: 1 * GB, small: 4 * GB,
  },
  {
    filesystem: 'ext3', size: 600 * MB, make: ['mkfs.ext3', '-q', '-F'],
    check: ['e2fsck', '-fn'], fill: fillLinux, shows: LINUX, shrunk: 300 * MB, small: 400 * MB,
  },
  {
    filesystem: 'ext2', size: 600 * MB, make: ['mkfs.ext2', '-q', '-F'],
    check: ['e2fsck', '-fn'], fill: fillLinux, shows: LINUX, shrunk: 300 * MB, small: 400 * MB,
  },
  {
    filesystem: 'btrfs', size: 20 * GB, make: ['mkfs.btrfs', '-q'],
    check: ['btrfs', 'check', '--readonly'], fill: fillFarBtrfs, shows: BTRFS, shrunk: 3 * GB, small: 4 * GB,
  },
  {
    filesystem: 'ntfs', size: 20 * GB, make: ['mkfs.ntfs', '-q', '-Q', '-F'], check: ['ntfsfix', '-n'], mount: [...NTFS, '-o', 'compression'],
    fill: fillNtfs, shows: NTFS_FILES, shrunk: 1 * GB, small: 4 * GB,
  },
  { filesystem: 'xfs', size: 20 * GB, make: ['mkfs.xfs', '-q'], check: ['xfs_repair', '-n'], fill: fillLinux, shows: LINUX },
]

/** resize2fs gives folders a new time when it moves what is in them. */
async function describeAll(folder: string): Promise<string> {
  const files = (await describeFiles(folder)).replaceAll(/^(\S.* d \d+ .*) \d+\.\d+ $/gm, '$1')
  return [files, await describeHoles(folder), await describeAttributes(folder)].join('\n')
}

describe.each(CASES)('a $filesystem of $size bytes', (options) => {
  const { filesystem, size: sourceSize, make, check, mount, fill, shows, shrunk, small = sourceSize } = options
  test('is captured as small as its data, gets its size back, and comes back whole on smaller and larger partitions', async () => {
    const path = await bench.empty('source', sourceSize)
    await runCommand([...make, path])
    await bench.mounted(path, fill, mount)
    const expected = await bench.mounted(path, describeAll, mount)
    for (const line of shows) expect(expected).toContain(line)
    const before = familyOf(filesystem)!.size(await readHead(path))

    const { manifest, notes } = await bench.attached(path, async (device) => {
      await using source = await prepareSource({ path: device, filesystem }, { clean: true, shrink: true })
      return { ...await bench.capture(device, filesystem), notes: source.notes }
    })
    await bench.store.publish(manifest)

    expect(notes.map((note) => noteText(note, 'es')).join('\n')).toMatch(shrunk === undefined ? /no se reduce/ : /reducido/)
    expect((await stat(path)).size).toBe(sourceSize)
    expect(familyOf(filesystem)!.size(await readHead(path))).toBe(before)
    await runCommand([...check, path])
    expect(await bench.mounted(path, describeAll, mount)).toBe(expected)

    const [volume] = (await readManifest(manifest)).facts.volumes
    expect(volume!.minimumSize).toBeLessThanOrEqual(shrunk ?? sourceSize)
    expect(volume!.used).toBeLessThan(400 * MB)
    for (const size of new Set([roundUp(volume!.minimumSize), small, sourceSize + GB + 3 * 512])) {
      const target = await bench.empty('target', size)
      const steps: GrowStep[] = []
      await bench.attached(target, async (device) => {
        await restoreVolumes({ manifest, volumes: [{ number: 1, path: device }], source: bench.store, verify: true })
        await growTarget({ path: device, filesystem, sourceSize }, { onStep: (step) => steps.push(step) })
      })
      const grown = familyOf(filesystem)!.size(await readHead(target))
      expect(size - grown).toBeLessThan(2 * MB)
      expect(steps.some(({ kind }) => kind === 'growing')).toBe(size > volume!.minimumSize + 2 * MB)
      await runCommand([...check, target])
      expect(await bench.mounted(target, describeAll, mount)).toBe(expected)
      await rm(target)
    }
  })
})

const roundUp = (size: number): number => Math.ceil(size / 4096) * 4096
