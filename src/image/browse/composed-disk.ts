import type { ReadDevice, WriteDevice } from '../nbd/block-device.ts'

/** A partition's device in its place. */
export interface DiskPart {
  /** Bytes from the start of the disk. */
  start: number
  device: WriteDevice
}

/**
 * A disk out of several devices: partitions in their places, and what lies around them (table, boot areas, gaps) from a
 * frame that is as large as the disk.
 */
export class ComposedDisk implements WriteDevice {
  readonly size: number
  readonly #frame: WriteDevice
  /** In order, without overlaps, within the disk. */
  readonly #parts: readonly DiskPart[]

  /** @throws RangeError parts that overlap or leave the disk */
  constructor(frame: WriteDevice, parts: readonly DiskPart[]) {
    this.size = frame.size
    this.#frame = frame
    this.#parts = parts.toSorted((a, b) => a.start - b.start)
    const ends = this.#parts.map(({ start, device }) => start + device.size)
    const limits = [...this.#parts.slice(1).map(({ start }) => start), this.size]
    if (ends.some((end, at) => end > limits[at]!)) throw new RangeError('partitions overlap or leave the disk')
  }

  async read(into: Uint8Array, offset: number): Promise<void> {
    for (const { device, at, start, end } of this.#pieces(offset, into.length)) {
      await device.read(into.subarray(start - offset, end - offset), at)
    }
  }

  async write(bytes: Uint8Array, offset: number): Promise<void> {
    for (const { device, at, start, end } of this.#pieces(offset, bytes.length)) {
      await device.write(bytes.subarray(start - offset, end - offset), at)
    }
  }

  async zero(offset: number, length: number): Promise<void> {
    for (const { device, at, start, end } of this.#pieces(offset, length)) await device.zero(at, end - start)
  }

  async flush(): Promise<void> {
    for (const { device } of [{ device: this.#frame }, ...this.#parts]) await device.flush()
  }

  /** What a range consists of: bytes `start` to `end` of the disk are those of `device` from `at`. */
  *#pieces(offset: number, length: number): Generator<{ device: WriteDevice; at: number; start: number; end: number }> {
    const limit = offset + length
    let start = offset
    for (const part of this.#parts) {
      if (part.start + part.device.size <= start) continue
      if (part.start >= limit) break
      if (start < part.start) yield { device: this.#frame, at: start, start, end: part.start }
      start = Math.max(start, part.start)
      const end = Math.min(limit, part.start + part.device.size)
      yield { device: part.device, at: start - part.start, start, end }
      start = end
    }
    if (start < limit) yield { device: this.#frame, at: start, start, end: limit }
  }
}

/** The first bytes of a device, for where a partition is smaller than what was captured of it. */
export function firstPart(device: ReadDevice, size: number): ReadDevice {
  return { size, read: (into, offset) => device.read(into, offset) }
}
