import type { FullCacheRule } from '#shared/domain/automatic-change.ts'
import { assertNever, ClonaulaError } from '#shared/domain/errors.ts'
import type { ManifestId, PackId } from '../store.ts'
import { planEviction, type KeptImage } from './plan-eviction.ts'

/** Bytes of a CACHE. */
export interface CacheSpace {
  /** What it could hold if nothing were in it. */
  size: number
  free: number
  /** What no image in it needs: of transfers that were given up, or of images that were removed half-way. */
  leftovers: number
}

/** The image that is to be brought. */
export interface WantedImage {
  manifest: ManifestId
  /** Bytes of its packs and its manifest. */
  bytes: number
  /** What of them is not in the CACHE; 0 = all is there. */
  missing: number
  packs: readonly PackId[]
}

export interface UpdateFacts {
  cache: CacheSpace
  image: WantedImage
  /** The other images of the CACHE. */
  others: readonly KeptImage[]
  /** Bytes of the packs of all of them. */
  sizes: ReadonlyMap<PackId, number>
  whenFull: FullCacheRule
}

/** What makes room before the transfer; `leftovers` go in any case but the first. */
export type MakeRoom =
  | { by: 'nothing' }
  | { by: 'leftovers' }
  | { by: 'format' }
  | { by: 'remove'; images: readonly ManifestId[] }

export type UpdatePlan = { transfer: false } | { transfer: true; makeRoom: MakeRoom }

/**
 * Decides how an image that the repository has comes into the CACHE that there is. Pure; the checks are in the order in which people
 * know them.
 * @throws ClonaulaError `noSpace`
 */
export function planUpdate(facts: UpdateFacts): UpdatePlan {
  const { cache, image } = facts
  if (image.missing === 0) return { transfer: false }
  if (image.bytes > cache.size) throw noSpace(image.bytes, cache.size)
  return { transfer: true, makeRoom: planRoom(facts) }
}

function planRoom({ cache, image, others, sizes, whenFull }: UpdateFacts): MakeRoom {
  if (image.missing <= cache.free) return { by: 'nothing' }
  const free = cache.free + cache.leftovers
  if (image.missing <= free) return { by: 'leftovers' }
  // An image that is nowhere else is not formatted away because another one comes.
  const rule = whenFull === 'FORMAT' && others.some(({ unpublished }) => unpublished) ? 'DELETE' : whenFull
  switch (rule) {
    case 'NONE':
      throw noSpace(image.missing, free)
    case 'FORMAT':
      return { by: 'format' }
    case 'DELETE': {
      const { images, freed } = planEviction(others, image.missing - free, { sizes, keep: new Set(image.packs) })
      if (free + freed < image.missing) throw noSpace(image.missing, free + freed)
      return { by: 'remove', images }
    }
    default:
      return assertNever(rule)
  }
}

function noSpace(needed: number, available: number): ClonaulaError {
  return new ClonaulaError('noSpace', `the CACHE has room for ${available} bytes, ${needed} are needed`, { needed, available })
}
