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
/** Blobs that are, or wait to be, compressed: as many as a batch of chunks fills, so that no thread waits while the next one is hashed. */
const WAITING = 8 * PARALLEL
const PACK_BUFFER = PACK_TARGET + MAX_BLOB

interface PackWriterOptions extends CallOptions {
  store: Pick<ChunkStore, 'putPack'>
  /** The digests that `add` is given were computed from the bytes that come with them. */
  chunksAreRight?: boolean
  /** `PACKING` unless said. */
  packing?: Packing | undefined
}

/** A blob being filled, in buffers that are used again for another one once it is in a pack. */
interface OpenBlob {
  buffers: BlobBuffers
  length: number
  chunks: PackedChunk[]
}

/** Plain bytes, and what is made of them. */
class BlobBuffers {
  readonly plain: SharedArrayBuffer
  readonly frame: SharedArrayBuffer
  readonly plainBytes: Buffer
  readonly frameBytes: Buffer

  constructor(bytes: number) {
    this.plain = new SharedArrayBuffer(bytes)
    this.frame = new SharedArrayBuffer(bytes)
    this.plainBytes = Buffer.from(this.plain)
    this.frameBytes = Buffer.from(this.frame)
  }
}

/** A blob ready for its pack. */
interface EncodedBlob {
  blob: Blob
  bytes: Uint8Array
  buffers: BlobBuffers
}

/**
 * Packs new chunks into blobs and packs, and stores the packs. At most one pack is being built and one is being
 * stored; plain bytes are kept in a few buffers that are used over and over, because clients have little memory.
 */
export class PackWriter {
  readonly #options: PackWriterOptions
  readonly #packing: Packing
  readonly #compressing: Promise<EncodedBlob>[] = []
  readonly #stored: PackId[] = []
  readonly #spare: BlobBuffers[] = []
  #blob: OpenBlob | undefined
  /** The pack that is being built, and the one that is being stored. */
  readonly #packBuffers = [Buffer.allocUnsafeSlow(PACK_BUFFER), Buffer.allocUnsafeSlow(PACK_BUFFER)] as [Buffer, Buffer]
  #pack = new OpenPack(this.#packBuffers[0])
  #storing: Promise<void> = Promise.resolve()
  /** Bytes of the packs that were stored. */
  bytesSent = 0

  constructor(options: PackWriterOptions) {
    this.#options = options
    this.#packing = options.packing ?? PACKING
  }

  /** Copies a chunk; returns when there is room for the next one. */
  async add(digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    const { blobBytes } = this.#packing
    const blob = (this.#blob ??= { buffers: this.#spare.pop() ?? new BlobBuffers(blobBytes + MAX_CHUNK), length: 0, chunks: [] })
    copyBytes(blob.buffers.plainBytes, blob.length, bytes)
    blob.length += bytes.length
    blob.chunks.push({ digest, length: bytes.length })
    if (blob.length >= blobBytes) await this.#closeBlob(blob)
  }

  /** Stores what is left. @returns the packs that were stored, in order */
  async finish(): Promise<readonly PackId[]> {
    if (this.#blob) await this.#closeBlob(this.#blob)
    while (this.#compressing.length > 0) await this.#collect()
    if (!this.#pack.empty) await this.#closePack()
    await this.#storing
    return this.#stored
  }

  async #closeBlob(blob: OpenBlob): Promise<void> {
    this.#blob = undefined
    const encoding = this.#encode(blob)
    encoding.catch(() => undefined) // looked at when it is collected
    this.#compressing.push(encoding)
    if (this.#compressing.length > WAITING) await this.#collect()
  }

  /** One zstd frame of all the chunks, or, where that is no smaller, the chunks as they are. */
  async #encode({ buffers, length, chunks }: OpenBlob): Promise<EncodedBlob> {
    const compressed = await compressAside({ plain: buffers.plain, frame: buffers.frame, length, level: this.#packing.level })
    const smaller = compressed < length
    const bytes = smaller ? buffers.frameBytes.subarray(0, compressed) : buffers.plainBytes.subarray(0, length)
    const blob: Blob = { encoding: smaller ? 'zstd' : 'stored', stored: bytes.length, plain: length, chunks }
    return { blob, bytes, buffers }
  }

  async #collect(): Promise<void> {
    const encoded = await this.#compressing.shift()
    if (!encoded) return
    this.#pack.add(encoded.blob, encoded.bytes)
    this.#spare.push(encoded.buffers)
    if (this.#pack.full) await this.#closePack()
  }

  async #closePack(): Promise<void> {
    const pack = this.#pack.close()
    await this.#storing
    this.#options.signal?.throwIfAborted()
    this.#packBuffers.reverse() // the other one is free now
    this.#pack = new OpenPack(this.#packBuffers[0])
    this.#storing = this.#store(pack)
    this.#storing.catch(() => undefined) // looked at before the next one, and at the end
  }

  async #store(pack: BuiltPack): Promise<void> {
    const { store, signal, chunksAreRight = false } = this.#options
    await store.putPack({ ...pack, chunksAreRight }, { signal })
    this.#stored.push(pack.id)
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
