import { ClonaulaError } from '#shared/domain/errors.ts'
import { DIGEST_LENGTH, toHex } from '#shared/formats/digest.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { MAX_BLOB } from '#shared/formats/pack.ts'
import type { BlobToDecode } from '../check-thread.ts'
import { checkAside } from '../codecs.ts'
import { PLAIN_TARGET, type Fetch, type WantedChunk } from '../fetch-plan.ts'
import { copyBytes } from '../shared-memory.ts'
import type { CallOptions, ChunkSource, PackId } from '../store.ts'

/** Memory for one range of a pack, as it is stored and once it is decoded; threads see it, and it is used again. */
class Room {
  readonly stored = new SharedArrayBuffer(MAX_BLOB)
  readonly plain = new SharedArrayBuffer(PLAIN_TARGET)
  readonly storedBytes = Buffer.from(this.stored)
  readonly plainBytes = Buffer.from(this.plain)
}

/** What was fetched, beyond doubt. */
export interface CheckedChunks extends Disposable {
  chunks: WantedChunk[]
  /** The bytes in which they are; until this is disposed of. */
  plain: Uint8Array
}

interface FetchParts extends CallOptions {
  source: Pick<ChunkSource, 'packRange'>
  manifest: Manifest
}

/** Gets ranges of packs, and decodes and checks what is wanted of them in threads. */
export class CheckedFetch {
  readonly #parts: FetchParts
  readonly #spare: Room[] = []
  /** Bytes that were fetched. */
  received = 0

  constructor(parts: FetchParts) {
    this.#parts = parts
  }

  /** @throws `corruptImage` with the pack and the chunk · what the source throws */
  async get(fetch: Fetch): Promise<CheckedChunks> {
    const { source, signal } = this.#parts
    signal?.throwIfAborted()
    const room = this.#spare.pop() ?? new Room()
    const bytes = await source.packRange(fetch.pack, fetch.offset, fetch.length, { signal, into: room.storedBytes })
    if (bytes.buffer !== room.stored) copyBytes(room.storedBytes, 0, bytes)
    this.received += bytes.length
    const { blobs, chunks } = layOut(fetch)
    await this.#check(fetch.pack, room, blobs, chunks)
    return { chunks, plain: room.plainBytes, [Symbol.dispose]: () => this.#spare.push(room) }
  }

  async #check(pack: PackId, { stored, plain }: Room, blobs: BlobToDecode[], chunks: WantedChunk[]): Promise<void> {
    const { manifest } = this.#parts
    const digests = new Uint8Array(chunks.length * DIGEST_LENGTH)
    for (const [at, { chunk }] of chunks.entries()) digests.set(manifest.chunks.digest(chunk), at * DIGEST_LENGTH)
    const places = Uint32Array.from(chunks.flatMap(({ start, length }) => [start, length]))
    const { damaged, wrong: [wrong] } = await checkAside({ stored, blobs, plain, chunks: places, digests })
    if (damaged !== undefined) throw new ClonaulaError('corruptImage', `pack ${pack}: compressed data is damaged`, { pack })
    if (wrong === undefined) return
    const chunk = toHex(manifest.chunks.digest(chunks[wrong]!.chunk))
    throw new ClonaulaError('corruptImage', `pack ${pack}: chunk ${chunk} is damaged`, { pack, chunk })
  }
}

/** Puts the plain bytes of blobs one after another, so that chunks which were neighbours are written at once. */
function layOut(fetch: Fetch): { blobs: BlobToDecode[]; chunks: WantedChunk[] } {
  const blobs: BlobToDecode[] = []
  const chunks: WantedChunk[] = []
  let plainAt = 0
  for (const { blob, chunks: wanted } of fetch.blobs) {
    const { encoding, offset, stored, plain } = blob
    blobs.push({ encoding, at: offset - fetch.offset, length: stored, plainAt, plainLength: plain })
    for (const { chunk, start, length } of wanted) chunks.push({ chunk, start: plainAt + start, length })
    plainAt += plain
  }
  return { blobs, chunks }
}
