import { ByteStream } from '#shared/formats/byte-stream.ts'
import { isPartclone, PARTCLONE_HEAD } from '#shared/formats/partclone-header.ts'
import { PartcloneReader } from '#shared/formats/partclone.ts'
import { partcloneTools } from '../partclone-tools.ts'
import { openPlain, type Plain, type PlainOptions } from './decompress/decompress.ts'
import type { Compression } from './decompress/sniff.ts'
import { isEncrypted } from './encrypted.ts'
import { refuse } from './problem.ts'

const SECTOR = 512
const WINDOW = 1024 * 1024

/** All sectors of a partition or of a disk, from the first to the last: as dd copies them, or in an image that partclone made of them. */
export class SectorReader {
  readonly compression: Compression
  /** Of an image of partclone; dd has neither a size nor checksums. */
  readonly image: PartcloneReader | undefined
  readonly #stream: ByteStream
  #at = 0

  private constructor(compression: Compression, stream: ByteStream, image?: PartcloneReader) {
    this.compression = compression
    this.#stream = stream
    this.image = image
  }

  /** What dd copied, whatever it looks like. */
  static plain({ compression, bytes }: Plain): SectorReader {
    return new SectorReader(compression, new ByteStream(bytes, 'raw image'))
  }

  /** @throws `image` encrypted, or an image of partclone that leaves sectors out · `corruptImage` */
  static async open(files: readonly string[], options: PlainOptions = {}): Promise<SectorReader> {
    const head = await headOf(files)
    if (isEncrypted(head)) throw refuse('encrypted', 'an encrypted file')
    const plain = await openPlain(files, options)
    if (!isPartclone(head)) return SectorReader.plain(plain)
    const stream = new ByteStream(plain.bytes, 'partclone')
    try {
      const image = await PartcloneReader.open(stream, await partcloneTools())
      if (image.bitmap.used < image.header.blocks) throw refuse('notThisFormat', 'not every sector is in it')
      return new SectorReader(plain.compression, stream, image)
    } catch (cause) {
      await stream.close()
      throw cause
    }
  }

  /** Fills with the bytes from `offset`, which never goes back. @throws `corruptImage` */
  async read(into: Uint8Array, offset: number): Promise<void> {
    await this.#skipTo(offset)
    await (this.image ?? this.#stream).read(into)
    this.#at += into.length
  }

  /** After the last byte: nothing may be left. @throws `corruptImage` */
  async end(): Promise<void> {
    if (this.image) return this.image.end()
    if (!(await this.#stream.ended())) throw this.#stream.fail('there is more than its partition holds')
  }

  /** Reads what is left, which has to be sound too. @throws `corruptImage` */
  async drain(): Promise<void> {
    if (this.image) await this.#skipTo(this.image.header.blocks * this.image.header.blockSize)
    else while (!(await this.#stream.ended())) await this.#stream.take(SECTOR)
    await this.end()
  }

  async close(): Promise<void> {
    await this.#stream.close()
  }

  async #skipTo(offset: number): Promise<void> {
    if (offset < this.#at) throw new RangeError(`${offset} has been passed`)
    const scratch = new Uint8Array(Math.min(WINDOW, offset - this.#at))
    while (this.#at < offset) {
      const piece = scratch.subarray(0, offset - this.#at)
      await (this.image ?? this.#stream).read(piece)
      this.#at += piece.length
    }
  }
}

/** The first plain bytes, as far as an image of partclone shows in them. */
async function headOf(files: readonly string[]): Promise<Uint8Array> {
  const stream = new ByteStream((await openPlain(files)).bytes, 'image')
  try {
    return await stream.take(PARTCLONE_HEAD)
  } finally {
    await stream.close()
  }
}
