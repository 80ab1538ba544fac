import { ByteStream } from '#shared/formats/byte-stream.ts'
import { PARTCLONE_HEAD, isPartclone } from '#shared/formats/partclone-header.ts'
import type { BlockRun } from '#shared/formats/partclone-bitmap.ts'
import { PartcloneReader } from '#shared/formats/partclone.ts'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { endOf, type Extent } from '../extents.ts'
import { partcloneTools } from '../partclone-tools.ts'
import type { Plain } from './decompress/decompress.ts'
import { isEncrypted } from './encrypted.ts'
import { identifyFilesystem, IDENTITY_BYTES, type Identity } from './identify.ts'
import { refuse } from './problem.ts'
import type { FinishedVolume, OpenVolume } from './volume.ts'

/** Captures take the first MiB whatever of it is in use; see docs/image-format.md. */
const HEAD = 1024 * 1024
const SECTOR = 512
/** A map can say more in few compressed bytes than memory holds. */
const MAX_RUNS = 2 ** 22

/** A volume out of a partclone image. What the image leaves out of a block of 4096 bytes, or of the first MiB, is zeros. */
export class PartcloneVolume implements OpenVolume {
  readonly extents: readonly Extent[]
  readonly #plain: Plain
  readonly #stream: ByteStream
  readonly #image: PartcloneReader
  readonly #runs: Iterator<BlockRun>
  /** Bytes of the run that is being read; `undefined` after the last one. */
  #run: Extent | undefined
  /** The first bytes, as far as they have come. */
  readonly #head = new Uint8Array(IDENTITY_BYTES)
  readonly #partitionSize: number | undefined
  #bytesRead = 0

  private constructor(plain: Plain, stream: ByteStream, image: PartcloneReader, partitionSize: number | undefined) {
    this.#plain = plain
    this.#stream = stream
    this.#image = image
    this.#runs = image.bitmap.runs()
    this.#partitionSize = partitionSize
    this.extents = wholeBlocks(image)
    this.#nextRun()
  }

  /** @param partitionSize bytes, where a partition table says them @throws `image` what it is instead · `corruptImage` */
  static async open(plain: Plain, partitionSize?: number): Promise<PartcloneVolume> {
    const stream = new ByteStream(recognised(plain.bytes), 'partclone')
    try {
      return new PartcloneVolume(plain, stream, await PartcloneReader.open(stream, await partcloneTools()), partitionSize)
    } catch (cause) {
      await stream.close()
      throw cause
    }
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    for (let at = 0; at < into.length; ) {
      const place = offset + at
      if (this.#run && place >= this.#run.offset + this.#run.length) this.#nextRun()
      const run = this.#run
      if (run && place >= run.offset) {
        const piece = into.subarray(at, at + Math.min(into.length - at, run.offset + run.length - place))
        await this.#image.read(piece)
        this.#bytesRead += piece.length
        at += piece.length
      } else {
        const end = run ? Math.min(into.length, run.offset - offset) : into.length
        into.fill(0, at, end)
        at = end
      }
    }
    if (offset < this.#head.length) this.#head.set(into.subarray(0, this.#head.length - offset), offset)
  }

  async finish(): Promise<FinishedVolume> {
    await this.#image.end()
    const { header, bitmap } = this.#image
    const identity = identifyFilesystem(this.#head)
    const end = endOf(this.extents)
    const raw = header.filesystem === 'raw'
    const least = Math.max(end, identity?.size ?? header.deviceSize)
    const size = this.#partitionSize ?? Math.ceil(Math.max(least, header.deviceSize) / SECTOR) * SECTOR
    if (least > size) throw refuse('smallPartition', `the image needs ${least} bytes, its partition has ${size}`, { needed: least, available: size })
    const tail = identity?.filesystem === 'ntfs' ? this.#backupBootSector(identity, end) : undefined
    return {
      facts: {
        filesystem: identity?.filesystem ?? 'unknown', label: identity?.label ?? '', uuid: identity?.uuid ?? '',
        mode: raw ? 'sector' : 'used', size, minimumSize: raw ? size : least,
      },
      ...(tail && { tail }),
      report: {
        container: 'partclone', compression: this.#plain.compression, format: `000${header.version}`, creator: header.creator,
        savedAs: header.filesystem.replaceAll(/[^\x20-\x7e]/g, '?'),
        blockSize: header.blockSize, blocks: header.blocks, usedBlocks: bitmap.used,
        checksum: header.checksum === 'none' ? 'none' : 'verified', bytesRead: this.#bytesRead,
      },
    }
  }

  async close(): Promise<void> {
    await this.#stream.close()
  }

  #nextRun(): void {
    const { done, value } = this.#runs.next()
    const { blockSize } = this.#image.header
    this.#run = done === true ? undefined : { offset: value.start * blockSize, length: value.count * blockSize }
  }

  /**
   * The block with NTFS's last sector, a copy of its first one, which partclone leaves out and a capture has. Not where the
   * image has something of that block.
   */
  #backupBootSector({ size = 0 }: Identity, end: number): FinishedVolume['tail'] {
    const offset = Math.floor((size - SECTOR) / BLOCK) * BLOCK
    if (offset < end) return undefined
    const bytes = new Uint8Array(size - offset)
    bytes.set(this.#head.subarray(0, SECTOR), bytes.length - SECTOR)
    return { offset, bytes }
  }
}

/**
 * The used blocks and the first MiB, widened to whole blocks of 4096 bytes as a capture widens them; but no further than
 * the image says that there is something.
 */
function wholeBlocks({ header, bitmap }: PartcloneReader): Extent[] {
  const { blockSize, blocks, deviceSize } = header
  const limit = Math.max(deviceSize, blocks * blockSize)
  const extents: Extent[] = [{ offset: 0, length: Math.min(HEAD, limit) }]
  for (const { start, count } of bitmap.runs()) {
    const offset = Math.floor((start * blockSize) / BLOCK) * BLOCK
    const end = Math.min(Math.ceil(((start + count) * blockSize) / BLOCK) * BLOCK, limit)
    const last = extents.at(-1)!
    if (offset <= last.offset + last.length) last.length = Math.max(last.length, end - last.offset)
    else extents.push({ offset, length: end - offset })
    if (extents.length > MAX_RUNS) throw refuse('tooLarge', 'more than 4 million runs of blocks in use')
  }
  return extents
}

/** Passes on an image of partclone, and says what else it is otherwise. */
async function* recognised(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array()
  for await (const piece of bytes) {
    if (head) {
      head = Buffer.concat([head, piece])
      if (head.length < PARTCLONE_HEAD) continue
      refuseOthers(head)
      yield head
      head = undefined
    } else yield piece
  }
  if (head) {
    refuseOthers(head)
    yield head
  }
}

function refuseOthers(head: Uint8Array): void {
  if (isPartclone(head)) return
  const start = Buffer.from(head.subarray(0, 16)).toString('latin1')
  if (start.startsWith('\0ntfsclone-image')) throw refuse('ntfsclone', 'an image of ntfsclone')
  if (start.startsWith('PaRtImAgE-VoLuMe')) throw refuse('partimage', 'an image of partimage')
  if (isEncrypted(head)) throw refuse('encrypted', 'an encrypted file')
  throw refuse('notLegacy', 'no image of partclone is inside')
}
