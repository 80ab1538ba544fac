import { createHash } from 'node:crypto'
import { mkdir, open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ChunkSource, PackId } from '#image/store.ts'

/** Bytes of the packs that are made up. */
const PACK = 16 * 1024 * 1024

/** A folder of files that are named by their SHA-256, as a source. */
export function packFolder(folder: string): ChunkSource {
  return {
    manifest: (id) => readFile(join(folder, id)),
    packTail: async (id, length) => {
      const bytes = await readFile(join(folder, id))
      return { size: bytes.length, bytes: bytes.subarray(Math.max(0, bytes.length - length)) }
    },
    packRange: (id, offset, length) => readRange(join(folder, id), offset, length),
  }
}

async function readRange(file: string, offset: number, length: number): Promise<Uint8Array> {
  await using handle = await open(file)
  const bytes = Buffer.allocUnsafe(length)
  const { bytesRead } = await handle.read(bytes, 0, length, offset)
  if (bytesRead !== length) throw new ClonaulaError('corruptImage', `${file} ends too early`)
  return bytes
}

/** Fills a folder with packs of noise. @returns the segments that are all of them */
export async function fillPackFolder(folder: string, bytes: number): Promise<Segment[]> {
  await mkdir(folder, { recursive: true })
  const segments: Segment[] = []
  for (let left = bytes; left > 0; left -= PACK) {
    const noise = noiseOf(Math.min(PACK, left), segments.length + 1)
    const pack: PackId = createHash('sha256').update(noise).digest('hex')
    await writeFile(join(folder, pack), noise)
    segments.push({ pack, offset: 0, length: noise.length })
  }
  return segments
}

/** Bytes that no two packs share and nothing compresses; the same for the same seed (xorshift32). */
function noiseOf(length: number, seed: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4))
  let state = Math.imul(seed, 0x9e3779b1) | 1
  for (let index = 0; index < words.length; index += 1) {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    words[index] = state
  }
  return new Uint8Array(words.buffer, 0, length)
}
