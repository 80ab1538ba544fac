/** The revision that an order is about, and what it means for a computer's CACHE. */
import type { ComputerView, ImageView, RevisionView } from '#shared/contract/views.ts'
import type { CacheRoom } from '#shared/domain/automatic-change.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { notFound } from '../inventory/constraints.ts'
import type { Inventory } from '../inventory/index.ts'

export type ChosenImage = Pick<ImageView, 'id' | 'name' | 'kind'> & { revision: RevisionView }

/** @param number of the revision; undefined: the newest @throws `notFound` */
export function chooseRevision({ id, name, kind, revisions }: ImageView, number: number | undefined): ChosenImage {
  const revision = number === undefined ? revisions.at(-1) : revisions.find((each) => each.number === number)
  if (!revision) throw notFound(`${name} ${number ?? ''}`.trim())
  return { id, name, kind, revision }
}

/** What a revision means for a computer's CACHE, as its agent told of it last; undefined: none that can be used. */
export function cacheRoom({ images }: Pick<Inventory, 'images'>, { hardware }: Pick<ComputerView, 'hardware'>, manifest: Sha256Hex): CacheRoom | undefined {
  const cache = hardware?.cache
  if (!cache || cache.problem !== undefined) return undefined
  const { bytes, missing } = images.weigh(manifest, cache.images.map((cached) => cached.manifest))
  return { size: cache.size, free: cache.free, missing, image: bytes }
}
