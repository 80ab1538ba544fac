import { mkdtemp, open, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { VolumeMode } from '#shared/formats/manifest-facts.ts'
import { Device, deviceSize } from '../device.ts'
import { alignExtents, type Extent } from '../extents.ts'
import { SWAP_PAGE } from '../filesystem/swap-header.ts'
import { CommandError, runCommand, type Argv } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { firstBytes, type SourceVolume } from './check-source.ts'
import { parseDomainMap, type DomainMap } from './domain-map.ts'
import { fatMap } from './fat-map.ts'
import { mapperOf } from './mappers.ts'
import { ntfsBackupSector, viewOf } from './superblock.ts'
import { unmappable } from './unmappable.ts'

/** What of a volume goes into an image. */
export interface UsedMap {
  /** `sector` when no tool knows the filesystem. */
  mode: VolumeMode
  /** Sorted, apart from one another, whole blocks (but for the end of the volume). */
  extents: Extent[]
  /** Bytes that a target needs for this filesystem as it is now. */
  minimumSize: number
}

/**
 * Always captured, in use or not: every filesystem has its signatures there, so that what an earlier
 * filesystem left on a target cannot be mistaken for the restored one.
 */
const HEAD = 1024 * 1024

/**
 * Finds the bytes of a volume that are in use, with partclone's help; all of them where nobody can tell.
 * @throws `filesystem` it is damaged, or partclone refuses it · `notExecutable` when partclone is not there
 */
export async function usedMap(volume: SourceVolume, options: CallOptions = {}): Promise<UsedMap> {
  const size = await deviceSize(volume.path)
  // Its header has label and UUID; the rest is worthless once the system is off.
  if (volume.filesystem === 'swap') {
    return { mode: 'used', extents: alignExtents([{ offset: 0, length: SWAP_PAGE }], size), minimumSize: SWAP_PAGE }
  }
  const head = await firstBytes(volume.path)
  const map = unmappable(volume.filesystem, viewOf(head)) === undefined ? await readMap(volume, options) : undefined
  if (!map) return sectorMap(size)
  const tail = volume.filesystem === 'ntfs' ? [ntfsBackupSector(head)] : []
  const end = Math.max(map.size, ...tail.map((extent) => extent.offset + extent.length))
  if (end > size) {
    throw new ClonaulaError('filesystem', `${volume.path}: the filesystem has ${end} bytes, its partition ${size}`)
  }
  const start = { offset: 0, length: Math.min(HEAD, map.size) }
  return { mode: 'used', extents: alignExtents([start, ...map.used, ...tail], size), minimumSize: end }
}

/** Has partclone end when it is done: its thread that shows progress sleeps for two seconds at a time, and is waited for. */
const AT_ONCE = ['-q', '-f', '0']

/** `undefined` for what nobody knows. */
async function readMap({ path, filesystem }: SourceVolume, options: CallOptions): Promise<DomainMap | undefined> {
  const mapper = mapperOf(filesystem)
  if (mapper === 'fat') return readFatMap(path, options)
  return mapper && domainMap([mapper.program, '-D', ...AT_ONCE, '-s', path], options)
}

async function readFatMap(path: string, options: CallOptions): Promise<DomainMap> {
  const device = await Device.open(path)
  try {
    return await fatMap(device, options)
  } finally {
    await device.close()
  }
}

/** Every sector of a volume. */
export function sectorMap(size: number): UsedMap {
  return { mode: 'sector', extents: [{ offset: 0, length: size }], minimumSize: size }
}

/** The map goes through a file: partclone.exfat prints other things among it when it goes to the standard output. */
async function domainMap(mapper: Argv, options: CallOptions): Promise<DomainMap> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-map-'))
  try {
    const path = join(folder, 'map')
    await runCommand([...mapper, '-o', path, '-L', join(folder, 'log')], options)
    await using file = await open(path)
    return await parseDomainMap(file.readLines())
  } catch (cause) {
    if (cause instanceof CommandError && cause.exitCode !== undefined) {
      throw new ClonaulaError('filesystem', cause.message, { command: mapper[0] }, { cause })
    }
    throw cause
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
