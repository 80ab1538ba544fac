import { isPartclone } from '#shared/formats/partclone-header.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import type { Extent } from '../extents.ts'
import { identifyFilesystem, IDENTITY_BYTES } from './identify.ts'
import { refuse } from './problem.ts'
import type { SectorReader } from './sector-reader.ts'
import type { FinishedVolume, OpenVolume } from './volume.ts'

/** Every sector of a partition, as dd copies it. */
export class RawVolume implements OpenVolume {
  readonly extents: readonly Extent[]
  readonly #sectors: Sectors
  readonly #size: number
  readonly #head = new Uint8Array(IDENTITY_BYTES)

  /** @param size of the partition: what comes has to fill it exactly */
  constructor(sectors: Sectors, size: number) {
    this.#sectors = sectors
    this.#size = size
    this.extents = [{ offset: 0, length: size }]
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    await this.#sectors.read(into, offset)
    if (offset < this.#head.length) this.#head.set(into.subarray(0, this.#head.length - offset), offset)
  }

  async finish(): Promise<FinishedVolume> {
    const { compression, image } = this.#sectors
    await this.#sectors.end()
    if (isPartclone(this.#head)) throw refuse('notThisFormat', 'an image of partclone under the name of a raw one')
    const identity = identifyFilesystem(this.#head)
    return {
      facts: {
        filesystem: identity?.filesystem ?? 'unknown', label: identity?.label ?? '', uuid: identity?.uuid ?? '',
        mode: 'sector', size: this.#size, minimumSize: this.#size,
      },
      report: {
        container: image ? 'partclone' : 'raw', compression, bytesRead: this.#size,
        checksum: image === undefined || image.header.checksum === 'none' ? 'none' : 'verified',
      },
    }
  }

  async close(): Promise<void> {
    await this.#sectors.close()
  }
}

/** What it reads; offsets are of the partition. */
export type Sectors = Pick<SectorReader, 'compression' | 'image' | 'read' | 'end' | 'close'>

/** What is known without a file of its own: boot code, the header of a swap area. */
export class MadeVolume implements OpenVolume {
  readonly extents: readonly Extent[]
  readonly #pieces: readonly MadePiece[]
  readonly #facts: FinishedVolume['facts']

  /** @param pieces in order, each an extent of its own */
  constructor(pieces: readonly MadePiece[], facts: { filesystem: Filesystem; label?: string; uuid?: string; size: number; minimumSize: number }) {
    this.#pieces = pieces
    this.extents = pieces.map(({ offset, bytes }) => ({ offset, length: bytes.length }))
    this.#facts = { label: '', uuid: '', ...facts, mode: 'sector' }
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    const piece = this.#pieces.find((piece) => offset >= piece.offset && offset + into.length <= piece.offset + piece.bytes.length)
    if (!piece) throw new RangeError(`no such bytes: ${offset}`)
    into.set(piece.bytes.subarray(offset - piece.offset, offset - piece.offset + into.length))
  }

  async finish(): Promise<FinishedVolume> {
    const bytesRead = this.#pieces.reduce((sum, { bytes }) => sum + bytes.length, 0)
    return { facts: this.#facts, report: { container: 'made', compression: 'plain', checksum: 'none', bytesRead } }
  }

  async close(): Promise<void> {}
}

export interface MadePiece {
  offset: number
  bytes: Uint8Array
}
