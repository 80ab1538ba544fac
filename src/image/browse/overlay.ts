import { constants } from 'node:fs'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { BLOCK } from '#shared/formats/chunk-table.ts'
import { fileError, writeAll } from '../repository/files.ts'
import type { Extent } from '../extents.ts'
import type { ReadDevice, WriteDevice } from '../nbd/block-device.ts'

/** Bytes of zeros that are written at a time where a block was written before. */
const ZEROS = 1024 * 1024

/**
 * A device that can be written to while the one below stays as it is: blocks of 4 KiB that were written are in a sparse file,
 * all others come from below. It is not kept: a crash loses it, and nothing else.
 */
export class Overlay implements WriteDevice {
  readonly size: number
  readonly #below: ReadDevice
  readonly #path: string
  readonly #file: FileHandle
  /** A bit for each block: whether it is in the file. */
  readonly #own: Uint8Array
  /** Writes are done one after another: two may be about parts of one block. */
  #writing: Promise<void> = Promise.resolve()

  private constructor(below: ReadDevice, path: string, file: FileHandle) {
    this.size = below.size
    this.#below = below
    this.#path = path
    this.#file = file
    this.#own = new Uint8Array(Math.ceil(blocksOf(below.size) / 8))
  }

  /** @param path of a file that does not exist yet; it is removed by `close` */
  static async create(below: ReadDevice, path: string): Promise<Overlay> {
    const file = await open(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL, 0o600)
    await file.truncate(below.size)
    return new Overlay(below, path, file)
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    for (const { own, start, end } of this.#parts(offset, into.length)) {
      const part = into.subarray(start - offset, end - offset)
      if (own) await this.#readOwn(part, start)
      else await this.#below.read(part, start)
    }
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    if (bytes.length === 0) return
    await this.#alone(async () => {
      await this.#takeEnds(offset, bytes.length)
      await this.#writeOwn(bytes, offset)
      this.#mark(offset, bytes.length)
    })
  }

  async zero(offset: number, length: number): Promise<void> {
    if (length === 0) return
    await this.#alone(async () => {
      await this.#takeEnds(offset, length)
      // What was never written is a hole of the file, which is zeros already.
      for (const { own, start, end } of this.#parts(offset, length)) {
        if (own) await this.#writeZeros(start, end)
      }
      this.#mark(offset, length)
    })
  }

  /** Nothing is kept beyond the process, so that there is no medium to wait for. */
  async flush(): Promise<void> {
    await this.#alone(async () => undefined)
  }

  /** What was written to, in whole blocks, in order. */
  changes(): Extent[] {
    const extents: Extent[] = []
    for (const { own, start, end } of this.#parts(0, this.size)) {
      if (own) extents.push({ offset: start, length: end - start })
    }
    return extents
  }

  async close(): Promise<void> {
    await this.#writing
    await this.#file.close()
    await rm(this.#path, { force: true })
  }

  /** The pieces of a range whose blocks are all in the file, or all not. */
  *#parts(offset: number, length: number): Generator<{ own: boolean; start: number; end: number }> {
    const end = offset + length
    for (let start = offset; start < end; ) {
      const block = Math.floor(start / BLOCK)
      const next = this.#sameUntil(block, Math.ceil(end / BLOCK))
      const stop = Math.min(end, next * BLOCK)
      yield { own: this.#has(block), start, end: stop }
      start = stop
    }
  }

  /** The first block after `block`, up to `limit`, that is not as it is; whole bytes of bits are passed at once. */
  #sameUntil(block: number, limit: number): number {
    const own = this.#has(block)
    const full = own ? 0xff : 0
    let at = block + 1
    while (at < limit) {
      if (at % 8 === 0 && this.#own[at / 8] === full) at += 8
      else if (this.#has(at) === own) at += 1
      else break
    }
    return Math.min(at, limit)
  }

  #has(block: number): boolean {
    return (this.#own[block >>> 3]! & (1 << (block & 7))) !== 0
  }

  #mark(offset: number, length: number): void {
    for (let block = Math.floor(offset / BLOCK); block * BLOCK < offset + length; block += 1) {
      this.#own[block >>> 3]! |= 1 << (block & 7)
    }
  }

  /** Brings the first and the last block of a range into the file, where the range does not cover them whole. */
  async #takeEnds(offset: number, length: number): Promise<void> {
    const end = offset + length
    if (offset % BLOCK !== 0) await this.#take(Math.floor(offset / BLOCK))
    if (end % BLOCK !== 0 && end < this.size) await this.#take(Math.floor(end / BLOCK))
  }

  async #take(block: number): Promise<void> {
    if (this.#has(block)) return
    const start = block * BLOCK
    const bytes = Buffer.alloc(Math.min(BLOCK, this.size - start))
    await this.#below.read(bytes, start)
    await this.#writeOwn(bytes, start)
    this.#mark(start, bytes.length)
  }

  async #readOwn(into: Uint8Array, offset: number): Promise<void> {
    for (let done = 0; done < into.length; ) {
      const { bytesRead } = await this.#file.read(into, done, into.length - done, offset + done)
      if (bytesRead === 0) throw new Error(`${this.#path} is shorter than it was made`)
      done += bytesRead
    }
  }

  async #writeOwn(bytes: Uint8Array, offset: number): Promise<void> {
    try {
      await writeAll(this.#file, bytes, offset)
    } catch (cause) {
      throw fileError(this.#path, cause)
    }
  }

  async #writeZeros(start: number, end: number): Promise<void> {
    const zeros = Buffer.alloc(Math.min(ZEROS, end - start))
    for (let at = start; at < end; at += zeros.length) await this.#writeOwn(zeros.subarray(0, end - at), at)
  }

  #alone(work: () => Promise<void>): Promise<void> {
    const done = this.#writing.then(work)
    this.#writing = done.catch(() => undefined)
    return done
  }
}

function blocksOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK)
}
