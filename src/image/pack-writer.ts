import { createHash, type Hash } from 'node:crypto'
import { toHex } from '#shared/formats/digest.ts'
import { encodePackEnd, packHead, type Blob, type PackedChunk } from '#shared/formats/pack.ts'
import { compress, PARALLEL, sha256 } from './codecs.ts'
import type { BuiltPack, CallOptions, ChunkStore, PackId } from './store.ts'

/** Plain bytes of a blob before it is compressed, and stored bytes of a pack, at which they are closed. */
const BLOB_TARGET = 512 * 1024
const PACK_TARGET = 16 * 1024 * 1024

interface PackWriterOptions extends CallOptions {
  store: Pick<ChunkStore, 'putPack'>
}

interface EncodedBlob extends Blob {
  bytes: Uint8Array
}

/** Packs new chunks into blobs and packs, and stores the packs. At most one pack is being built and one is being stored. */
export class PackWriter {
  readonly #options: PackWriterOptions
  readonly #compressing: Promise<EncodedBlob>[] = []
  readonly #stored: PackId[] = []
  #chunks: (PackedChunk & { bytes: Uint8Array })[] = []
  #plain = 0
  #pack = new OpenPack()
  #storing: Promise<void> = Promise.resolve()
  /** Bytes of the packs that were stored. */
  bytesSent = 0

  constructor(options: PackWriterOptions) {
    this.#options = options
  }

  /** Takes a chunk; returns when there is room for the next one. The bytes are kept until they are compressed. */
  async add(digest: Uint8Array, bytes: Uint8Array): Promise<void> {
    this.#chunks.push({ digest, length: bytes.length, bytes })
    this.#plain += bytes.length
    if (this.#plain >= BLOB_TARGET) await this.#closeBlob()
  }

  /** Stores what is left. @returns the packs that were stored, in order */
  async finish(): Promise<readonly PackId[]> {
    if (this.#chunks.length > 0) await this.#closeBlob()
    while (this.#compressing.length > 0) await this.#collect()
    if (!this.#pack.empty) await this.#closePack()
    await this.#storing
    return this.#stored
  }

  async #closeBlob(): Promise<void> {
    const encoding = encodeBlob(this.#chunks, this.#plain)
    encoding.catch(() => undefined) // looked at when it is collected
    this.#compressing.push(encoding)
    this.#chunks = []
    this.#plain = 0
    if (this.#compressing.length > PARALLEL) await this.#collect()
  }

  async #collect(): Promise<void> {
    const blob = await this.#compressing.shift()
    if (blob) this.#pack.add(blob)
    if (this.#pack.size >= PACK_TARGET) await this.#closePack()
  }

  async #closePack(): Promise<void> {
    const pack = this.#pack.close()
    this.#pack = new OpenPack()
    await this.#storing
    this.#options.signal?.throwIfAborted()
    this.#storing = this.#store(pack)
    this.#storing.catch(() => undefined) // looked at before the next one, and at the end
  }

  async #store(pack: BuiltPack): Promise<void> {
    await this.#options.store.putPack(pack, { signal: this.#options.signal })
    this.#stored.push(pack.id)
    this.bytesSent += pack.size
  }
}

/** A pack in the making. */
class OpenPack {
  readonly #hash: Hash = createHash('sha256')
  readonly #parts: Uint8Array[] = []
  readonly #blobs: Blob[] = []
  size = 0

  constructor() {
    this.#append(packHead)
  }

  get empty(): boolean {
    return this.#blobs.length === 0
  }

  add({ bytes, ...blob }: EncodedBlob): void {
    this.#append(bytes)
    this.#blobs.push(blob)
  }

  close(): BuiltPack {
    this.#append(encodePackEnd(this.#blobs, sha256))
    return { id: toHex(this.#hash.digest()), size: this.size, parts: this.#parts }
  }

  #append(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    this.#parts.push(bytes)
    this.size += bytes.length
  }
}

/** One zstd frame of all the chunks, or, where that is no smaller, the chunks as they are. */
async function encodeBlob(
  chunks: readonly (PackedChunk & { bytes: Uint8Array })[], plain: number,
): Promise<EncodedBlob> {
  const joined = Buffer.concat(chunks.map((chunk) => chunk.bytes), plain)
  const compressed = await compress(joined)
  const smaller = compressed.length < plain
  const bytes = smaller ? compressed : joined
  return {
    encoding: smaller ? 'zstd' : 'stored', stored: bytes.length, plain, bytes,
    chunks: chunks.map(({ digest, length }) => ({ digest, length })),
  }
}
