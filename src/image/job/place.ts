import { realpath, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import type { Machine } from '../disk/machine.ts'
import { BLKID_ANSWERS, blkidCommand, parseProbe, type Probe } from '../disk/probe.ts'

interface Named {
  /** Without symbolic links: `/dev/disk/by-id/…` is `/dev/sda2`. */
  path: string
  /** A block device, or a plain file that stands for one. */
  block: boolean
  /** Bytes. */
  size: number
}

/** One filesystem, or whatever else fills a partition, a device or a file. */
export interface VolumePlace extends Named {
  kind: 'volume'
  probe: Probe
  /** Where it is when it is a partition. */
  partition?: { disk: string; number: number }
}

/** A device or a file with a partition table. */
export interface DiskPlace extends Named {
  kind: 'disk'
}

/** What a person names as a source or as a target. */
export type Place = VolumePlace | DiskPlace

/**
 * Looks what is at a path.
 * @throws `notFound` · `invalidRequest` neither a block device nor a plain file · `noWriteAccess` it may not be read
 */
export async function findPlace(machine: Machine, name: string): Promise<Place> {
  const named = await findNamed(name)
  const partition = named.block ? await partitionOf(machine, named.path) : undefined
  const { code, stdout } = await machine.run(blkidCommand(named.path), { accept: BLKID_ANSWERS })
  if (!partition && code === 0 && hasTable(stdout)) return { ...named, kind: 'disk' }
  return { ...named, kind: 'volume', probe: parseProbe(stdout, code), ...(partition && { partition }) }
}

async function findNamed(name: string): Promise<Named> {
  try {
    const path = await realpath(name)
    const facts = await stat(path)
    if (!facts.isFile() && !facts.isBlockDevice()) {
      throw new ClonaulaError('invalidRequest', `${name} is neither a block device nor a file`, { problem: name })
    }
    return { path, block: facts.isBlockDevice(), size: await deviceSize(path) }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') {
      throw new ClonaulaError('notFound', `${name} is not there`, { what: name }, { cause })
    }
    throw cause
  }
}

/** A filesystem on the whole device wins over a table: what blkid calls one may be boot code, or a hybrid medium's. */
function hasTable(probed: string): boolean {
  return /^ID_PART_TABLE_TYPE=(gpt|dos)$/m.test(probed) && !/^ID_FS_TYPE=/m.test(probed)
}

/** Which partition of which disk a block device is, as the kernel has it. */
async function partitionOf(machine: Machine, path: string): Promise<VolumePlace['partition']> {
  const folder = `/sys/class/block/${basename(path)}`
  const number = await machine.text(`${folder}/partition`)
  // …/block/sda/sda2
  const disk = (await machine.link(folder))?.split('/').at(-2)
  return number === undefined || disk === undefined ? undefined : { disk: `/dev/${disk}`, number: Number(number) }
}
