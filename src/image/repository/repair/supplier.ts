import type { CallOptions, ChunkSource, PackId } from '../../store.ts'
import { HttpRepository, PLAIN_FILES } from '../http-client.ts'
import { loadIndex } from '../load-index.ts'
import { LocalRepository } from '../local.ts'

/** Another repository, which is asked for what one has lost. Whatever it answers is checked. */
export interface Supplier {
  source: ChunkSource
  /** Says in which packs chunks are. A server of plain files cannot: of it, packs are asked for by their names alone. */
  locate?: (ids: readonly Uint8Array[], options?: CallOptions) => Promise<(PackId | undefined)[]>
}

/**
 * @param place a repository's folder, or the address (`http:`, `https:`) at which a web server has the files of one
 * @throws `notFound` there is no repository in the folder · `image` something else is
 */
export async function openSupplier(place: string): Promise<Supplier> {
  if (/^https?:\/\//i.test(place)) return { source: new HttpRepository({ url: place.replace(/\/+$/, ''), paths: PLAIN_FILES }) }
  const source = await LocalRepository.open(place, { create: false })
  let loading: ReturnType<typeof loadIndex> | undefined
  return {
    source,
    // Without its lock, since it may be on a medium that cannot be written: what is taken from it meanwhile is not found.
    locate: async (ids) => {
      const { index } = await (loading ??= loadIndex(source))
      return ids.map((id) => index.find(id))
    },
  }
}
