import { crc32 } from 'node:zlib'
import { createXXHash128, createXXHash64, type IHasher } from 'hash-wasm'
import type { PartcloneTools, RunningHash } from '#shared/formats/partclone-checksum.ts'

/** What the codec of partclone images needs of the platform; for one image at a time. */
export async function partcloneTools(): Promise<PartcloneTools> {
  const hashes = { xxh64: running(await createXXHash64()), xxh128: running(await createXXHash128()) }
  return { crc32, xxhash: (kind) => hashes[kind] }
}

/** hash-wasm takes nothing more after `digest`: it goes on from what it was before. */
function running(hash: IHasher): RunningHash {
  return {
    reset: () => void hash.init(),
    update: (bytes) => void hash.update(bytes),
    digest() {
      const state = hash.save()
      const digest = hash.digest('binary')
      hash.load(state)
      return digest
    },
  }
}
