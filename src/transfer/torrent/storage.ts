import { stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { isAbort } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Segment, TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import type { TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import type { BlockRequest } from '#shared/wire/bittorrent/peer-messages.ts'
import { Meter } from '#image/meter.ts'
import { fileError, writeAll } from '#image/repository/files.ts'
import { sameBytes, sha1 } from './hash.ts'
import { OpenFiles } from './open-files.ts'

/** Where a file of a torrent is, or is to be: asked each time, because a file that is whole may be moved. */
export type TorrentPlaces = (file: TorrentFile) => string

/** All of them below one folder, as any client puts them there. */
export function inFolder(folder: string): TorrentPlaces {
  return ({ path }) => join(folder, ...path)
}

/** Pieces that are read and hashed at the same time: as many as libuv has threads. */
const CHECKED_AT_ONCE = 4

/**
 * The files of a torrent as one run of pieces. Errors of files are ClonaulaErrors (`notFound`, `noSpace`, `diskError`
 * …).
 */
export class TorrentStorage {
  readonly #layout: TorrentLayout
  readonly #files: readonly TorrentFile[]
  readonly #places: TorrentPlaces
  readonly #open = new OpenFiles()
  /**
   * Files that had all their bytes before anything was fetched: they may be others' too, and are written only where
   * they are wrong.
   */
  readonly #whole = new Set<number>()
  /** Files that were written, and perhaps are not on the medium yet. */
  readonly #written = new Set<number>()
  readonly #flushing = new Map<number, Promise<void>>()
  /** Bytes that each file had. */
  #sizes: readonly number[] = []

  constructor(layout: TorrentLayout, files: readonly TorrentFile[], places: TorrentPlaces) {
    this.#layout = layout
    this.#files = files
    this.#places = places
  }

  /**
   * Reads and hashes what is there already: from an earlier attempt, or because other images have it too.
   * @returns the pieces that are right
   */
  async check({ signal, onProgress }: SlowOptions): Promise<Bitfield> {
    this.#sizes = await Promise.all(this.#files.map((file) => sizeOf(this.#places(file))))
    for (const [index, { length }] of this.#files.entries()) if (this.#sizes[index] === length) this.#whole.add(index)
    const have = new Bitfield(this.#layout.pieceCount)
    const meter = new Meter('check', this.#layout.total, onProgress)
    let next = 0
    await Promise.all(Array.from({ length: CHECKED_AT_ONCE }, async () => {
      const memory = Buffer.allocUnsafeSlow(this.#layout.lengthOf(0))
      while (next < this.#layout.pieceCount) {
        signal?.throwIfAborted()
        const piece = next++
        const length = this.#layout.lengthOf(piece)
        if (this.#isThere(piece) && (await this.readRight(piece, memory.subarray(0, length)))) have.set(piece)
        meter.add(length)
      }
    }))
    meter.end()
    return have
  }

  /** Files whose size is wrong because they are longer, and files that are empty, are as they should be after this. */
  async prepare(): Promise<void> {
    for (const [index, { length }] of this.#files.entries()) {
      if ((this.#sizes[index] ?? -1) > length) await this.#guarded(index, (path) => truncate(path, length))
      if (length === 0) await this.#guarded(index, (path) => this.#open.use(path, 'write', () => Promise.resolve()))
    }
  }

  /**
   * Reads a piece as it is on the disk.
   * @param into memory of its length
   * @returns false when it does not have its hash, or cannot be read
   */
  async readRight(piece: number, into: Uint8Array<ArrayBuffer>): Promise<boolean> {
    try {
      await this.read({ piece, begin: 0, length: into.length }, into)
      return sameBytes(await sha1(into), this.#layout.hashOf(piece))
    } catch (cause) {
      if (isAbort(cause)) throw cause
      return false
    }
  }

  /** @param into memory of the range's length */
  async read(range: BlockRequest, into: Uint8Array): Promise<void> {
    await this.#each(range, into, (segment, part) => this.#readInto(segment, part))
  }

  /** @param bytes a whole piece that has its hash */
  async write(piece: number, bytes: Uint8Array): Promise<void> {
    await this.#each({ piece, begin: 0, length: bytes.length }, bytes, async (segment, part) => {
      if (this.#whole.has(segment.file) && (await this.#holds(segment, part))) return
      this.#written.add(segment.file)
      await this.#guarded(segment.file, (path) => this.#open.use(path, 'write', (handle) => writeAll(handle, part, segment.offset)))
    })
  }

  /** Returns when all that was written is on the medium. */
  async flush(): Promise<void> {
    for (const index of this.#written) await this.flushFile(index)
  }

  /** Returns when what was written of a file is on the medium. */
  async flushFile(index: number): Promise<void> {
    if (!this.#written.has(index)) return
    const flushing = this.#flushing.get(index) ?? this.#sync(index).finally(() => this.#flushing.delete(index))
    this.#flushing.set(index, flushing)
    await flushing
  }

  /** Closes its files until what it returns is called; reads and writes wait meanwhile. */
  async pause(): Promise<() => void> {
    return this.#open.pause()
  }

  async close(): Promise<void> {
    await this.#open.close()
  }

  async #sync(index: number): Promise<void> {
    await this.#guarded(index, (path) => this.#open.use(path, 'write', (handle) => handle.sync()))
    this.#written.delete(index)
  }

  #isThere(piece: number): boolean {
    return this.#layout.segments({ piece, begin: 0, length: this.#layout.lengthOf(piece) })
      .every(({ file, offset, length }) => offset + length <= (this.#sizes[file] ?? 0))
  }

  async #holds(segment: Segment, bytes: Uint8Array): Promise<boolean> {
    const there = Buffer.allocUnsafe(bytes.length)
    await this.#readInto(segment, there)
    return sameBytes(there, bytes)
  }

  async #readInto({ file, offset }: Segment, part: Uint8Array): Promise<void> {
    await this.#guarded(file, (path) => this.#open.use(path, 'read', async (handle) => {
      for (let done = 0; done < part.length; ) {
        const { bytesRead } = await handle.read(part, done, part.length - done, offset + done)
        if (bytesRead === 0) throw Object.assign(new Error(`${path} ends too early`), { code: 'EIO' })
        done += bytesRead
      }
    }))
  }

  async #each(range: BlockRequest, bytes: Uint8Array, work: (segment: Segment, part: Uint8Array) => Promise<void>): Promise<void> {
    let at = 0
    for (const segment of this.#layout.segments(range)) {
      await work(segment, bytes.subarray(at, at + segment.length))
      at += segment.length
    }
  }

  async #guarded<T>(file: number, work: (path: string) => Promise<T>): Promise<T> {
    const path = this.#places(this.#files[file]!)
    try {
      return await work(path)
    } catch (cause) {
      const moved = this.#places(this.#files[file]!)
      if (moved === path) throw fileError(path, cause)
      return work(moved).catch((again: unknown) => {
        throw fileError(moved, again)
      })
    }
  }
}

async function sizeOf(path: string): Promise<number> {
  const entry = await stat(path).catch(() => undefined)
  return entry?.isFile() ? entry.size : -1
}
