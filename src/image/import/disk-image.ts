import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import { isExtended } from '../disk/partition-type.ts'
import { bootVolume } from './disk-volumes.ts'
import { fileSizes } from './files.ts'
import type { PlannedVolume } from './plan.ts'
import { refuse } from './problem.ts'
import { RawVolume, type Sectors } from './raw-volume.ts'
import { SectorReader } from './sector-reader.ts'
import type { SourceTable } from './source-table.ts'
import { parseTableBytes, readLogical } from './table-bytes.ts'

/** What is before the first partition, or all that is of use of it. */
const HEAD = 1024 * 1024
const SECTOR = 512

/**
 * Every sector of a disk in one file, as OpenGnsys' `.dsk`: its boot areas, and each of its partitions sector by sector.
 * The volumes have to be read in order: the file is read once for all of them.
 * @throws `image` no partition table, or one that makes no sense · `corruptImage`
 */
export async function planDiskImage(files: readonly string[]): Promise<{ table: SourceTable; volumes: PlannedVolume[] }> {
  const sectors = await SectorReader.open(files)
  try {
    const head = new Uint8Array(HEAD)
    await sectors.read(head, 0)
    const logical = await readLogical(head, async (into, offset) => {
      if (offset + into.length > head.length) await sectors.read(into, offset)
      else into.set(head.subarray(offset, offset + into.length))
    })
    const table = parseTableBytes(head, { diskSize: await diskSize(sectors, files), logical })
    const boot = bootVolume(table.layout, head, head.subarray(SECTOR))
    return { table, volumes: [...(boot ? [boot] : []), ...partitionVolumes(table.layout, files)] }
  } finally {
    await sectors.close()
  }
}

async function diskSize({ image, compression }: SectorReader, files: readonly string[]): Promise<number | undefined> {
  return image?.header.deviceSize ?? (compression === 'plain' ? fileSizes(files) : undefined)
}

function partitionVolumes({ partitions }: DiskLayout, files: readonly string[]): PlannedVolume[] {
  const inOrder = partitions.filter((partition) => !isExtended(partition)).sort((a, b) => a.start - b.start)
  if (inOrder.some(({ start }, at) => at > 0 && start < inOrder[at - 1]!.start + inOrder[at - 1]!.size)) {
    throw refuse('unknownTable', 'partitions that overlap')
  }
  let sectors: SectorReader | undefined
  return inOrder.map(({ number, start, size }, at) => ({
    number, files,
    open: async (options) => {
      sectors ??= await SectorReader.open(files, options)
      return new RawVolume(part(sectors, start, at === inOrder.length - 1), size)
    },
  }))
}

/** What a volume needs of the disk's sectors: with the last one they are read to their end; until then they stay open. */
function part(sectors: SectorReader, start: number, last: boolean): Sectors {
  let ended = false
  return {
    compression: sectors.compression,
    image: sectors.image,
    read: (into, offset) => sectors.read(into, start + offset),
    end: async () => {
      if (last) await sectors.drain()
      ended = true
    },
    close: async () => {
      if (last || !ended) await sectors.close()
    },
  }
}
