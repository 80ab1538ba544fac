import type { ManifestId, PackId } from '../store.ts'

/** An image that is in a CACHE. */
export interface KeptImage {
  manifest: ManifestId
  usedAt: number
  packs: readonly PackId[]
  /** It is in no repository: what removes images by itself leaves it alone. */
  unpublished: boolean
}

export interface EvictionOptions {
  /** Bytes of every pack. */
  sizes: ReadonlyMap<PackId, number>
  /** Packs that stay, whoever else needs them. */
  keep: ReadonlySet<PackId>
}

export interface Eviction {
  images: readonly ManifestId[]
  /** Bytes that are free once they are gone; less than was asked for when all that may go are not enough. */
  freed: number
}

/**
 * Chooses images to remove, oldest use first, until so many bytes are free; those of them that turn out not to be needed for
 * that stay. A pack that one of those who stay needs frees nothing.
 */
export function planEviction(images: readonly KeptImage[], needed: number, options: EvictionOptions): Eviction {
  const freedBy = (removed: ReadonlySet<KeptImage>): number => freedBytes(images, removed, options)
  const removed = new Set<KeptImage>()
  for (const image of images.filter(({ unpublished }) => !unpublished).toSorted((a, b) => a.usedAt - b.usedAt)) {
    if (freedBy(removed) >= needed) break
    removed.add(image)
  }
  // Of those that were taken along, the ones used last are spared first.
  for (const image of [...removed].toReversed()) {
    const without = new Set(removed)
    without.delete(image)
    if (freedBy(without) >= Math.min(needed, freedBy(removed))) removed.delete(image)
  }
  return { images: [...removed].map(({ manifest }) => manifest), freed: freedBy(removed) }
}

function freedBytes(images: readonly KeptImage[], removed: ReadonlySet<KeptImage>, { sizes, keep }: EvictionOptions): number {
  const stays = new Set(keep)
  for (const image of images) if (!removed.has(image)) for (const pack of image.packs) stays.add(pack)
  const gone = new Set([...removed].flatMap(({ packs }) => packs.filter((pack) => !stays.has(pack))))
  return [...gone].reduce((sum, pack) => sum + (sizes.get(pack) ?? 0), 0)
}
