import { ByteReader, ByteWriter, equalBytes, malformed } from './bytes.ts'
import { DIGEST_LENGTH, type Sha256 } from './digest.ts'

/*
 * A pack:
 *
 *   +----------+--------+-----+--------+--------+---------+
 *   | magic, 8 | blob 0 | ... | blob n | footer | trailer |
 *   +----------+--------+-----+--------+--------+---------+
 *
 *   trailer: footer length (u32) | SHA-256 of the footer (32) | end magic (8)
 *   footer:  blobs (varint), and for each: encoding (u8) | stored length | plain length | chunks (varints),
 *            and for each chunk: SHA-256 of its plain bytes (32) | plain length (varint)
 *
 * Blobs follow one another and so do the chunks in a blob: offsets are sums of lengths, so that
 * overlaps and gaps cannot be expressed.
 */

const MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x50, 0x41, 0x43, 0x4b, 1]) // "CLNPACK", version 1
const END_MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x50, 0x45, 0x4e, 0x44, 1]) // "CLNPEND", version 1

/** Bytes at the start of every pack. */
export const packHead: Uint8Array = MAGIC
/** Bytes of the trailer: read these first to know how long the footer is. */
export const PACK_TRAILER = 4 + DIGEST_LENGTH + END_MAGIC.length

/** Bounds that a reader may count on, and a writer must keep. */
export const MAX_PACK = 64 * 1024 * 1024
export const MAX_BLOB = 4 * 1024 * 1024
export const MAX_CHUNK = 512 * 1024
const MAX_FOOTER = 4 * 1024 * 1024

export const ENCODINGS = ['stored', 'zstd'] as const
export type Encoding = (typeof ENCODINGS)[number]

export interface PackedChunk {
  /** SHA-256 of the plain bytes. */
  digest: Uint8Array
  /** Plain bytes. */
  length: number
}

export interface Blob {
  encoding: Encoding
  /** Bytes in the pack. */
  stored: number
  /** Bytes once decoded: those of its chunks, one after another. */
  plain: number
  chunks: readonly PackedChunk[]
}

/** A blob as found in a pack. */
export interface PlacedBlob extends Blob {
  /** Where it begins in the pack. */
  offset: number
}

/** Footer and trailer of a pack with these blobs. */
export function encodePackEnd(blobs: readonly Blob[], sha256: Sha256): Uint8Array {
  const footer = new ByteWriter().varint(blobs.length)
  for (const blob of blobs) {
    footer.u8(ENCODINGS.indexOf(blob.encoding)).varint(blob.stored).varint(blob.plain).varint(blob.chunks.length)
    for (const chunk of blob.chunks) footer.raw(chunk.digest).varint(chunk.length)
  }
  const bytes = footer.finish()
  return new ByteWriter().raw(bytes).u32(bytes.length).raw(sha256(bytes)).raw(END_MAGIC).finish()
}

/**
 * How many bytes of a pack's end are needed to decode its footer, the trailer included.
 * @param tail the last bytes of the pack, `PACK_TRAILER` at least
 */
export function packEndLength(tail: Uint8Array): number {
  return readTrailer(tail).footerLength + PACK_TRAILER
}

/**
 * The blobs of a pack.
 * @param tail the last bytes of the pack, `packEndLength` at least
 * @param packSize bytes of the whole pack: the footer must account for every one of them
 * @throws `corruptImage`
 */
export function decodePackEnd(tail: Uint8Array, packSize: number, sha256: Sha256): PlacedBlob[] {
  const { footerLength, footerDigest } = readTrailer(tail)
  if (packSize > MAX_PACK) throw malformed('pack', `${packSize} bytes are more than a pack may have`)
  const start = tail.length - PACK_TRAILER - footerLength
  if (start < 0) throw malformed('pack footer', 'ends too early')
  const footer = tail.subarray(start, start + footerLength)
  if (!equalBytes(sha256(footer), footerDigest)) throw malformed('pack footer', 'its hash is wrong')
  const { blobs, end } = readFooter(footer)
  if (end + footerLength + PACK_TRAILER !== packSize) throw malformed('pack footer', 'does not add up to the pack')
  return blobs
}

/** @throws `corruptImage` when these are not the first bytes of a pack. */
export function checkPackHead(head: Uint8Array): void {
  if (!equalBytes(head.subarray(0, MAGIC.length), MAGIC)) throw malformed('pack', 'it does not start as a pack does')
}

function readTrailer(tail: Uint8Array): { footerLength: number; footerDigest: Uint8Array } {
  if (tail.length < PACK_TRAILER) throw malformed('pack', 'too short')
  const reader = new ByteReader(tail.subarray(tail.length - PACK_TRAILER), 'pack trailer')
  const footerLength = reader.u32()
  const footerDigest = reader.take(DIGEST_LENGTH)
  if (!equalBytes(reader.take(END_MAGIC.length), END_MAGIC)) throw malformed('pack', 'it does not end as a pack does')
  if (footerLength > MAX_FOOTER) throw malformed('pack footer', `${footerLength} bytes are too many`)
  return { footerLength, footerDigest }
}

function readFooter(footer: Uint8Array): { blobs: PlacedBlob[]; end: number } {
  const reader = new ByteReader(footer, 'pack footer')
  const blobs: PlacedBlob[] = []
  let offset = MAGIC.length
  for (let left = reader.varint(); left > 0; left -= 1) {
    const blob = readBlob(reader)
    blobs.push({ offset, ...blob })
    offset += blob.stored
  }
  reader.end()
  return { blobs, end: offset }
}

function readBlob(reader: ByteReader): Blob {
  const encoding = ENCODINGS[reader.u8()]
  if (!encoding) throw reader.fail('unknown encoding')
  const stored = reader.varint()
  const plain = reader.varint()
  if (plain > MAX_BLOB || stored > plain) throw reader.fail('blob length out of range')
  if (encoding === 'stored' && stored !== plain) throw reader.fail('stored blob with two lengths')
  const chunks: PackedChunk[] = []
  let sum = 0
  for (let left = reader.varint(); left > 0; left -= 1) {
    const digest = reader.take(DIGEST_LENGTH)
    const length = reader.varint()
    if (length === 0 || length > MAX_CHUNK) throw reader.fail('chunk length out of range')
    chunks.push({ digest, length })
    sum += length
  }
  if (chunks.length === 0 || sum !== plain) throw reader.fail('chunks do not add up to their blob')
  return { encoding, stored, plain, chunks }
}
