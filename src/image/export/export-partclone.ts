import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { DISK_VOLUME, type VolumeFacts } from '#shared/formats/manifest-facts.ts'
import { placesOf, runLength } from '#shared/formats/manifest-runs.ts'
import { BlockBitmap } from '#shared/formats/partclone-bitmap.ts'
import type { PartcloneHeader } from '#shared/formats/partclone-header.ts'
import { encodePartclone } from '#shared/formats/partclone.ts'
import { ChunkReader } from '../browse/chunk-reader.ts'
import { endOf, totalLength, type Extent } from '../extents.ts'
import { Meter } from '../meter.ts'
import { partcloneTools } from '../partclone-tools.ts'
import type { CallOptions, ChunkSource } from '../store.ts'

/** How partclone's programs name what they saved; anything else is `raw` to it. */
const NAMES: Partial<Record<Filesystem, string>> = {
  ext2: 'EXTFS', ext3: 'EXTFS', ext4: 'EXTFS', ntfs: 'NTFS', fat12: 'FAT12', fat16: 'FAT16', fat32: 'FAT32',
  exfat: 'EXFAT', btrfs: 'BTRFS', xfs: 'XFS', f2fs: 'F2FS',
}
/** The smallest block: devices are made of nothing less. */
const SECTOR = 512
/** Bytes that one checksum stands for, as partclone has it. */
const STRIP = 1024 * 1024

export interface ExportedVolume {
  volume: VolumeFacts
  header: PartcloneHeader
  /** Bytes of the stream. */
  bytes: number
}

/**
 * Writes a volume as an image of partclone, format 0002 with checksums: `partclone.restore` restores it byte for byte to
 * anything that has the volume's minimum size. The sink is ended. Phase: `export`.
 * @param volume number of the partition; the only one when it is left out
 * @throws `partition` no such volume, or more than one · `corruptImage` · what source and sink throw
 */
export async function exportPartclone(
  source: ChunkSource, manifest: Manifest, volume: number | undefined, sink: Writable, options: SlowOptions = {},
): Promise<ExportedVolume> {
  const { signal, onProgress } = options
  const index = chooseVolume(manifest, volume)
  const facts = manifest.facts.volumes[index]!
  const runs = manifest.runs[index]!
  const extents = runs.map((run) => ({ offset: run.offset, length: runLength(run, manifest.chunks) }))
  const { header, bitmap } = describe(facts, extents)
  const reader = await ChunkReader.open(source, manifest, { signal })
  const meter = new Meter('export', totalLength(extents), onProgress)
  let bytes = 0
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    const data = chunksOf(reader, manifest, index, header.blockSize, meter, { signal })
    for await (const piece of encodePartclone(header, bitmap, data, await partcloneTools())) {
      bytes += piece.length
      yield piece
    }
  }
  await pipeline(Readable.from(counted(), { objectMode: false, highWaterMark: STRIP }), sink, { signal })
  meter.end()
  return { volume: facts, header, bytes }
}

function chooseVolume({ facts: { volumes } }: Manifest, wanted: number | undefined): number {
  const partitions = volumes.filter(({ number }) => number !== DISK_VOLUME)
  const number = wanted ?? (partitions.length === 1 ? partitions[0]!.number : undefined)
  const index = volumes.findIndex((volume) => volume.number === number && number !== DISK_VOLUME)
  if (index >= 0) return index
  const there = partitions.map((volume) => volume.number).join(', ')
  throw new ClonaulaError('partition', `the image has the partitions ${there}`, { target: `${wanted ?? '?'} ∉ ${there}` })
}

/** Blocks as large as every run allows: 4096 bytes, and less where the volume ends in the middle of one. */
function describe(facts: VolumeFacts, extents: readonly Extent[]): { header: PartcloneHeader; bitmap: BlockBitmap } {
  const needed = Math.max(facts.minimumSize, endOf(extents))
  const edges = [needed, ...extents.flatMap(({ offset, length }) => [offset, offset + length])]
  let blockSize = BLOCK
  while (blockSize > SECTOR && edges.some((edge) => edge % blockSize !== 0)) blockSize /= 2
  const blocks = Math.ceil(needed / blockSize)
  const bitmap = new BlockBitmap(blocks)
  for (const { offset, length } of extents) bitmap.add({ start: offset / blockSize, count: Math.ceil(length / blockSize) })
  return {
    bitmap,
    header: {
      version: 2, filesystem: NAMES[facts.filesystem] ?? 'raw', deviceSize: blocks * blockSize, blocks, usedBlocks: bitmap.used,
      blockSize, checksum: 'crc32', blocksPerChecksum: STRIP / blockSize, reseed: true, bitmap: 'bit', creator: 'clonaula',
    },
  }
}

/** The bytes of a volume's runs. A plain file may end within a sector: zeros fill that. */
async function* chunksOf(
  reader: ChunkReader, { runs, chunks }: Manifest, index: number, blockSize: number, meter: Meter, { signal }: CallOptions,
): AsyncGenerator<Uint8Array> {
  for (const run of runs[index]!) {
    for (const { chunk } of placesOf(run, chunks)) {
      signal?.throwIfAborted()
      const bytes = await reader.read(chunk)
      meter.add(bytes.length)
      yield bytes
    }
    const over = runLength(run, chunks) % blockSize
    if (over > 0) yield new Uint8Array(blockSize - over)
  }
}
