import { randomUUID } from 'node:crypto'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { ByteReader, ByteWriter, equalBytes } from '#shared/formats/bytes.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { DIGEST_LENGTH, fromHex, toHex } from '#shared/formats/digest.ts'
import { sha256Aside } from '../codecs.ts'
import type { PackId } from '../store.ts'

/*
 * The index of a repository: what the ends of its packs say, in one file, so that a thousand of them need not be read.
 *
 *   magic, 8 | for each pack: its hash (32) | bytes (u32) | chunks (u32) | their hashes (32 each) | SHA-256 of all that (32)
 *
 * It is written now and then, by whoever has read many ends; it may lack packs, and name some that are gone. Whoever
 * deletes it loses time and nothing else.
 */

const MAGIC = Uint8Array.from([0x43, 0x4c, 0x4e, 0x49, 0x4e, 0x44, 0x58, 1]) // "CLNINDX", version 1

/** A pack as the index knows it. */
export interface IndexedPack {
  /** Bytes of its file. */
  size: number
  /** Hashes of its chunks, one after another. */
  digests: Uint8Array
}

/** Nothing where the file is not there or is not what it was. */
export async function readIndexFile(path: string): Promise<Map<PackId, IndexedPack>> {
  try {
    const bytes = await readFile(path)
    const signed = bytes.subarray(0, Math.max(0, bytes.length - DIGEST_LENGTH))
    if (!equalBytes(await sha256Aside(signed), bytes.subarray(signed.length))) return new Map()
    return decodeIndex(signed)
  } catch (cause) {
    if (cause instanceof ClonaulaError || (cause instanceof Error && 'code' in cause)) return new Map()
    throw cause
  }
}

function decodeIndex(bytes: Uint8Array): Map<PackId, IndexedPack> {
  const reader = new ByteReader(bytes, 'index')
  if (!equalBytes(reader.take(MAGIC.length), MAGIC)) return new Map()
  const packs = new Map<PackId, IndexedPack>()
  while (reader.remaining > 0) {
    const id = toHex(reader.take(DIGEST_LENGTH))
    const size = reader.u32()
    packs.set(id, { size, digests: reader.take(reader.u32() * DIGEST_LENGTH) })
  }
  return packs
}

/** Puts a new index in the place of the old one. Where there is no room for it, there is none. */
export async function writeIndexFile(path: string, packs: ReadonlyMap<PackId, IndexedPack>): Promise<void> {
  const parts: Uint8Array[] = [MAGIC]
  for (const [id, { size, digests }] of packs) {
    parts.push(new ByteWriter().raw(fromHex(id)).u32(size).u32(digests.length / DIGEST_LENGTH).finish(), digests)
  }
  const signed = Buffer.concat(parts)
  const draft = `${path}-${randomUUID()}`
  try {
    await using file = await open(draft, 'wx')
    await file.writeFile(signed)
    await file.writeFile(await sha256Aside(signed))
    await rename(draft, path)
  } catch (cause) {
    await rm(draft, { force: true })
    if (!(cause instanceof Error && 'code' in cause)) throw cause
  }
}
