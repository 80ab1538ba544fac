import { ByteWriter, equalBytes } from './bytes.ts'
import { partcloneCrc, type Crc32, type PartcloneChecksum, type PartcloneHeader } from './partclone-header.ts'

/** A hash that can be asked for its value and then go on. */
export interface RunningHash {
  reset(): void
  update(bytes: Uint8Array): void
  /** Most significant byte first, as xxHash's canonical form. */
  digest(): Uint8Array
}

/** What pure code is given. */
export interface PartcloneTools {
  crc32: Crc32
  xxhash(kind: 'xxh64' | 'xxh128'): RunningHash
}

/** The checksum of some blocks, while they go by. */
export interface BlockChecksum {
  /** Starts anew. */
  reset(): void
  update(bytes: Uint8Array): void
  /** As it is stored. */
  value(): Uint8Array
  /** Whether what is stored is right. */
  matches(stored: Uint8Array): boolean
}

export function blockChecksum({ checksum, blockSize }: PartcloneHeader, tools: PartcloneTools): BlockChecksum {
  const make: Readonly<Record<PartcloneChecksum, () => BlockChecksum>> = {
    none: () => new CrcChecksum(() => 0, 0),
    crc32: () => new CrcChecksum((bytes, crc) => partcloneCrc(bytes, tools.crc32, crc), 4),
    crc32Of0001: () => new CrcChecksum(crcOf0001(blockSize, tools.crc32), 4),
    xxh64: () => new XxhChecksum(tools.xxhash('xxh64')),
    xxh128: () => new XxhChecksum(tools.xxhash('xxh128')),
  }
  return make[checksum]()
}

class CrcChecksum implements BlockChecksum {
  readonly #next: (bytes: Uint8Array, crc: number) => number
  readonly #length: number
  #crc = 0xffffffff

  constructor(next: (bytes: Uint8Array, crc: number) => number, length: number) {
    this.#next = next
    this.#length = length
  }

  reset(): void {
    this.#crc = 0xffffffff
  }

  update(bytes: Uint8Array): void {
    this.#crc = this.#next(bytes, this.#crc)
  }

  value(): Uint8Array {
    return new ByteWriter().u32(this.#crc).finish().subarray(0, this.#length)
  }

  matches(stored: Uint8Array): boolean {
    return equalBytes(stored, this.value())
  }
}

/**
 * The CRC of format 0001 as it is written: its loop never moves on from a block's first byte (partclone's bug 6), so it
 * stands for that byte as often as the block has bytes. It takes blocks in pieces too.
 */
export function crcOf0001(blockSize: number, crc32: Crc32): (bytes: Uint8Array, crc: number) => number {
  const repeated = new Uint8Array(blockSize)
  let at = 0
  return (bytes, crc) => {
    let next = crc
    for (let from = (blockSize - at) % blockSize; from < bytes.length; from += blockSize) {
      next = partcloneCrc(repeated.fill(bytes[from]!), crc32, next)
    }
    at = (at + bytes.length) % blockSize
    return next
  }
}

/** partclone stores the hash as it lies in memory: least significant byte first. */
class XxhChecksum implements BlockChecksum {
  readonly #hash: RunningHash

  constructor(hash: RunningHash) {
    this.#hash = hash
  }

  reset(): void {
    this.#hash.reset()
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes)
  }

  value(): Uint8Array {
    return this.#hash.digest().toReversed()
  }

  /** In either order: the description of the format does not say which. */
  matches(stored: Uint8Array): boolean {
    const value = this.value()
    return equalBytes(stored, value) || equalBytes(stored, value.toReversed())
  }
}
