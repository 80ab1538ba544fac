import { createHash, type Hash } from 'node:crypto'
import { toHex } from '#shared/formats/digest.ts'
import { encodePackEnd, MAX_BLOB, MAX_CHUNK, packHead, type Blob, type PackedChunk } from '#shared/formats/pack.ts'
import { compressAside, PARALLEL, sha256 } from './codecs.ts'
import { PACKING, type Packing } from './packing.ts'
import { copyBytes } from './shared-memory.ts'
import type { BuiltPack, CallOptions, ChunkStore, PackId } from './store.ts'

/** Stored bytes of a pack at which it is closed. */
const PACK_TARGET = 16 * 1024 * 1024
/** Plain bytes of a pack at which it is closed however small it is: its footer grows with them. */
const PLAIN_TARGET = 256 * 1024 * 1024
/** Plain bytes of neighbouring blobs that go to a thread together: each time costs more than a small blob takes to compress. */
const BATCH_TARGET = 512 * 1024
/** Batches that are, or wait to be, compressed: as many as are stored at a time, so that no thread waits while the next ones are hashed. */
const WAITING = 8 * PARALLEL
const PACK_BUFFER = PACK_TARGET + MAX_BLOB
/** Packs that are stored at a time: when a pack's bytes are long written, it still waits for the medium to say that it has them. */
const STORING = 3

interface PackWriterOptions extends CallOptions {
  store: Pick<ChunkStore, 'putPack'>
  /** The digests that `add` is given were computed from the bytes that come with them. */
  chunksAreRight?: boolean
  /** `PACKING` unless said. */
  packing?: Packing | undefined
}

/** Blobs being filled, in memory that is used again for others once they are in a pack. */
interface OpenBatch {
  room: BatchRoom
  length: number
  blobs: OpenBlob[]
}

interface OpenBlob {
  /** Plain bytes. */
  length: number
  chunks: PackedChunk[]
}

/** Plain bytes, and what is made of them. */
class BatchRoom {
  readonly plain: SharedArrayBuffer
  readonly frames: SharedArrayBuffer
  readonly plainBytes: Buffer
  readonly frameBytes: Buffer

  constructor(bytes: number) {
    this.plain = new SharedArrayBuffer(bytes)
    this.frames = new SharedArrayBuffer(bytes)
    this.plainBytes = Buffer.from(this.plain)
    this.frameBytes = Buffer.from(this.frames)
  }
}

/** Blobs ready for their pack. */
interface EncodedBatch {
  room: BatchRoom
  blobs: { blob: Blob; bytes: Uint8Array }[]
}

/**
 * Packs new chunks into blobs and packs, and stores the packs. At most one pack is being built, and one whose bytes are still
 * needed is being stored; plain bytes are kept in a few buffers that are used over and over, because clients have little memory.
 */
export class PackWriter {
  readonly #options: PackWriterOptions
  readonly #packing: Packing
  readonly #batchBytes: number
  readonly #compressing: Promise<EncodedBatch>[] = []
  readonly #ids: PackId[] = []
  readonly #spare: BatchRoom[] = []
  #batch: OpenBatch | undefined
  /** The pack that is being built, and the one whose bytes are being stored. */
  readonly #packBuffers = [Buffer.allocUnsafeSlow(PACK_BUFFER), Buffer.allocUnsafeSlow(PACK_BUFFER)] as [Buffer, Buffer]
  #pack = new OpenPack(this.#packBuffers[0])
  readonly #storing: Promise<void>[] = []
  /** The other buffer is free. */
  #taken: Promise<void> = Promise.resolve()
  /** Bytes of the packs that were stored. */
  bytesSent = 0

  constructor(options: PackWriterOptions) {
    this.#options = options
    this.#packing = options.packing ?? PACKING
    this.#batchBytes = Math.max(BATCH_TARGET, this.#packing.blobBytes)
  }

  /** Copies a chunk; returns when there is room for the next one. */
  async add(digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    const batch = (this.#batch ??= { room: this.#spare.pop() ?? new BatchRoom(this.#batchBytes + this.#packing.blobBytes + MAX_CHUNK), length: 0, blobs: [] })
    copyBytes(batch.room.plainBytes, batch.length, bytes)
    batch.length += bytes.length
    let blob = batch.blobs.at(-1)
    if (!blob || blob.length >= this.#packing.blobBytes) batch.blobs.push(blob = { length: 0, chunks: [] })
    blob.length += bytes.length
    blob.chunks.push({ digest, length: bytes.length })
    if (blob.length >= this.#packing.blobBytes && batch.length >= this.#batchBytes) await this.#closeBatch(batch)
  }

  /** Stores what is left. @returns the packs that were stored, in order */
  async finish(): Promise<readonly PackId[]> {
    if (this.#batch) await this.#closeBatch(this.#batch)
    while (this.#compressing.length > 0) await this.#collect()
    if (!this.#pack.empty) await this.#closePack()
    await this.#stored()
    this.#options.signal?.throwIfAborted()
    return this.#ids
  }

  async #closeBatch(batch: OpenBatch): Promise<void> {
    this.#batch = undefined
    const encoding = this.#encode(batch)
    encoding.catch(() => undefined) // looked at when it is collected
    this.#compressing.push(encoding)
    if (this.#compressing.length > WAITING) await this.#collect()
  }

  /** Of each blob one zstd frame of all its chunks, or, where that is no smaller, the chunks as they are. */
  async #encode({ room, blobs }: OpenBatch): Promise<EncodedBatch> {
    const lengths = blobs.map(({ length }) => length)
    const sizes = await compressAside({ plain: room.plain, frames: room.frames, lengths, level: this.#packing.level })
    let plainAt = 0
    let frameAt = 0
    const encoded = blobs.map(({ length, chunks }, at) => {
      const size = sizes[at]!
      const bytes = size > 0 ? room.frameBytes.subarray(frameAt, frameAt + size) : room.plainBytes.subarray(plainAt, plainAt + length)
      plainAt += length
      frameAt += size
      const blob: Blob = { encoding: size > 0 ? 'zstd' : 'stored', stored: bytes.length, plain: length, chunks }
      return { blob, bytes }
    })
    return { room, blobs: encoded }
  }

  async #collect(): Promise<void> {
    const encoded = await this.#compressing.shift()
    if (!encoded) return
    for (const { blob, bytes } of encoded.blobs) {
      this.#pack.add(blob, bytes)
      if (this.#pack.full) await this.#closePack()
    }
    this.#spare.push(encoded.room)
  }

  async #closePack(): Promise<void> {
    const pack = this.#pack.close()
    if (this.#storing.length === STORING) await this.#stored(1)
    await this.#taken
    this.#options.signal?.throwIfAborted()
    this.#packBuffers.reverse()
    this.#pack = new OpenPack(this.#packBuffers[0])
    this.#ids.push(pack.id)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#taken = promise
    const storing = this.#store(pack, resolve).finally(resolve)
    storing.catch(() => undefined) // looked at when there is no room for another one, and at the end
    this.#storing.push(storing)
  }

  /** Waits for packs that are being stored, the first ones or all; when one fails, for all, so that nothing is at work behind a failure. */
  async #stored(count = this.#storing.length): Promise<void> {
    const first = this.#storing.splice(0, count)
    try {
      for (const storing of first) await storing
    } catch (cause) {
      await Promise.allSettled([...first, ...this.#storing])
      throw cause
    }
  }

  async #store(pack: BuiltPack, onTaken: () => void): Promise<void> {
    const { store, signal, chunksAreRight = false } = this.#options
    await store.putPack({ ...pack, chunksAreRight }, { signal, onTaken })
    this.bytesSent += pack.size
  }
}

/** A pack in the making. Blobs are copied into its buffer, which the next pack but one uses again. */
class OpenPack {
  readonly #buffer: Buffer
  readonly #hash: Hash = createHash('sha256')
  readonly #blobs: Blob[] = []
  #size = 0
  #plain = 0

  constructor(buffer: Buffer) {
    this.#buffer = buffer
    this.#append(packHead)
  }

  get empty(): boolean {
    return this.#blobs.length === 0
  }

  get full(): boolean {
    return this.#size >= PACK_TARGET || this.#plain >= PLAIN_TARGET
  }

  add(blob: Blob, bytes: Uint8Array): void {
    this.#append(bytes)
    this.#plain += blob.plain
    this.#blobs.push(blob)
  }

  close(): BuiltPack {
    const end = encodePackEnd(this.#blobs, sha256)
    this.#hash.update(end)
    const parts = [this.#buffer.subarray(0, this.#size), end]
    return { id: toHex(this.#hash.digest()), size: this.#size + end.length, parts }
  }

  #append(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#size += copyBytes(this.#buffer, this.#size, bytes)
  }
}
