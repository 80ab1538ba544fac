import { stat } from 'node:fs/promises'
import { setImmediate as turn } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { readPackEnd } from '../pack-reader.ts'
import type { PackId } from '../store.ts'
import type { LocalRepository } from './local.ts'
import type { PackIndex } from './pack-index.ts'

/** Chunks that are looked up before others have their turn: some milliseconds. */
const AT_ONCE = 8192

/**
 * Sees to it that every chunk of a manifest is in one of the packs that it lists, since that is where its readers look,
 * and that these are there. Packs that another process has stored meanwhile are found too.
 * @throws `image` some are not
 */
export async function checkChunks(
  repository: Pick<LocalRepository, 'packPath' | 'packTail'>, { packs, chunks }: Manifest, index: PackIndex,
): Promise<void> {
  const listed = new Set(packs)
  const missing = new Set<number>()
  for (let chunk = 0; chunk < chunks.count; chunk += 1) {
    const pack = index.find(chunks.digest(chunk))
    if (pack === undefined || !listed.has(pack)) missing.add(chunk)
    if (chunk % AT_ONCE === AT_ONCE - 1) await turn()
  }
  if (missing.size > 0) await findElsewhere(repository, packs, chunks, missing)
  if (missing.size > 0) {
    throw new ClonaulaError('image', `${missing.size} of the image's ${chunks.count} chunks are in none of its packs here`,
      { missing: missing.size })
  }
  for (const pack of listed) {
    await stat(repository.packPath(pack)).catch((cause: unknown) => {
      throw new ClonaulaError('image', `pack ${pack} is not in the repository`, { pack }, { cause })
    })
  }
}

/** Ticks off the chunks that are also, or only, in packs for which the index does not name them. */
async function findElsewhere(
  repository: Pick<LocalRepository, 'packTail'>, packs: readonly PackId[], chunks: Manifest['chunks'], missing: Set<number>,
): Promise<void> {
  const wanted = new Map([...missing].map((chunk) => [Buffer.from(chunks.digest(chunk)).toString('latin1'), chunk]))
  for (const pack of packs) {
    const { blobs } = await readPackEnd(repository, pack).catch((cause: unknown) => {
      if (cause instanceof ClonaulaError) return { blobs: [] } // it is as good as not there
      throw cause
    })
    for (const { digest } of blobs.flatMap((blob) => blob.chunks)) {
      const chunk = wanted.get(Buffer.from(digest).toString('latin1'))
      if (chunk !== undefined) missing.delete(chunk)
    }
  }
}
