import type { CachedImage } from '#shared/domain/cache.ts'
import type { Texts } from '../i18n/index.ts'

/** `Win11@3`; of an image that nobody named, the start of its manifest's name. */
export function cachedName({ name, revision, manifest }: CachedImage, words: Texts['cache']): string {
  if (name === undefined) return words.unnamed(manifest.slice(0, 12))
  return revision === undefined ? name : `${name}@${revision}`
}
