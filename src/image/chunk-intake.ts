import { ClonaulaError } from '#shared/domain/errors.ts'
import { ChunkTable } from '#shared/formats/chunk-table.ts'
import { toHex } from '#shared/formats/digest.ts'
import { MAX_CHUNK } from '#shared/formats/pack.ts'
import { sha256 } from './codecs.ts'
import type { CaptureFigures } from './capture.ts'
import { DigestIndex } from './digest-index.ts'
import { PackWriter } from './pack-writer.ts'
import type { Packing } from './packing.ts'
import { MAX_LOCATE, type CallOptions, type ChunkStore, type PackId } from './store.ts'

/** Plain bytes of chunks that wait for the store to say whether it has them. */
const BATCH_BYTES = 4 * 1024 * 1024
const BATCH_CHUNKS = Math.min(1024, MAX_LOCATE)

interface IntakeOptions extends CallOptions {
  store: Pick<ChunkStore, 'locate' | 'putPack'>
  packing?: Packing | undefined
}

export interface Intake {
  packs: PackId[]
  chunks: ChunkTable
  figures: CaptureFigures
}

interface BatchedChunk {
  digest: Uint8Array
  /** Absent for one that the store is said to have. */
  bytes?: Uint8Array
}

/** Numbers the different chunks of an image in the order in which they come, and stores those that the store lacks. */
export class ChunkIntake {
  readonly #options: IntakeOptions
  readonly #index = new DigestIndex()
  readonly #lengths: number[] = []
  readonly #packs = new Set<PackId>()
  readonly #writer: PackWriter
  /** The bytes of the chunks of the batch, one after another; and those of the batch before, which is being stored. */
  readonly #buffers = [Buffer.allocUnsafeSlow(BATCH_BYTES + MAX_CHUNK), Buffer.allocUnsafeSlow(BATCH_BYTES + MAX_CHUNK)] as [Buffer, Buffer]
  #storing: Promise<void> = Promise.resolve()
  #batch: BatchedChunk[] = []
  #batchBytes = 0
  #bytesRead = 0
  #newChunks = 0
  #newBytes = 0

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#writer = new PackWriter({ ...options, chunksAreRight: true })
  }

  /** Takes a chunk; its bytes are copied. @returns its number in the image */
  async add(bytes: Uint8Array): Promise<number> {
    this.#bytesRead += bytes.length
    const digest = sha256(bytes)
    const known = this.#index.count
    const chunk = this.#index.add(digest)
    if (chunk < known) return chunk
    this.#lengths.push(bytes.length)
    const [buffer] = this.#buffers
    buffer.set(bytes, this.#batchBytes)
    this.#batch.push({ digest, bytes: buffer.subarray(this.#batchBytes, this.#batchBytes + bytes.length) })
    this.#batchBytes += bytes.length
    await this.#storeFull()
    return chunk
  }

  /** Takes a chunk that the store has, by its hash alone. @returns its number in the image. @throws `image` the store lacks it */
  async refer(digest: Uint8Array, length: number): Promise<number> {
    const known = this.#index.count
    const chunk = this.#index.add(digest)
    if (chunk < known) return chunk
    this.#lengths.push(length)
    this.#batch.push({ digest })
    await this.#storeFull()
    return chunk
  }

  async finish(): Promise<Intake> {
    await this.#closeBatch()
    await this.#storing
    for (const id of await this.#writer.finish()) this.#packs.add(id)
    return {
      packs: [...this.#packs],
      chunks: new ChunkTable(this.#index.digests, Uint32Array.from(this.#lengths)),
      figures: {
        bytesRead: this.#bytesRead, bytesWritten: 0, bytesReceived: 0, bytesSent: this.#writer.bytesSent,
        chunks: this.#index.count, newChunks: this.#newChunks, newBytes: this.#newBytes,
      },
    }
  }

  async #storeFull(): Promise<void> {
    if (this.#batchBytes >= BATCH_BYTES || this.#batch.length >= BATCH_CHUNKS) await this.#closeBatch()
  }

  /** A batch is compressed and stored while the next one is read and hashed. */
  async #closeBatch(): Promise<void> {
    await this.#storing
    this.#storing = this.#store(this.#batch)
    this.#storing.catch(() => undefined) // looked at before the next one, and at the end
    this.#batch = []
    this.#batchBytes = 0
    this.#buffers.reverse()
  }

  async #store(batch: readonly BatchedChunk[]): Promise<void> {
    if (batch.length === 0) return
    const { signal, store } = this.#options
    signal?.throwIfAborted()
    const places = await store.locate(batch.map((chunk) => chunk.digest), { signal })
    for (const [at, { digest, bytes }] of batch.entries()) {
      const pack = places[at]
      if (pack !== undefined) this.#packs.add(pack)
      else if (bytes === undefined) throw missing(digest)
      else {
        this.#newChunks += 1
        this.#newBytes += bytes.length
        await this.#writer.add(digest, bytes)
      }
    }
  }
}

function missing(digest: Uint8Array): ClonaulaError {
  const chunk = toHex(digest)
  return new ClonaulaError('image', `chunk ${chunk} is not in the repository`, { chunk })
}
