/** Whether there is room for a restore: at its destination, and in the CACHE. */
import { formatBytes } from './bytes.ts'
import type { Language } from './language.ts'
import type { CacheRoom } from '../domain/automatic-change.ts'

const WORDS: Record<Language, {
  of: (needed: string, available: string) => string
  cached: (size: string) => string
  fits: (missing: string, free: string) => string
  makesRoom: (missing: string, free: string) => string
  tooSmall: (image: string, size: string) => string
}> = {
  es: {
    of: (needed, available) => `${needed} de ${available}`,
    cached: (size) => `ya están los ${size}`,
    fits: (missing, free) => `necesita ${missing}, libres ${free}`,
    makesRoom: (missing, free) => `necesita ${missing}, libres ${free}: se hará sitio`,
    tooSmall: (image, size) => `necesita ${image}, tiene en total ${size}`,
  },
  en: {
    of: (needed, available) => `${needed} of ${available}`,
    cached: (size) => `all ${size} are there`,
    fits: (missing, free) => `needs ${missing}, ${free} free`,
    makesRoom: (missing, free) => `needs ${missing}, ${free} free: room is made`,
    tooSmall: (image, size) => `needs ${image}, has ${size} in all`,
  },
}

/** `12.3 GB of 40 GB`: what is needed of what there is. */
export function spaceText(language: Language, { needed, available }: { needed: number; available: number }): string {
  return WORDS[language].of(formatBytes(needed, language), formatBytes(available, language))
}

/** `needs 3.1 GB, 20 GB free`: what an image means for a CACHE, in the words of the decision that `decideMethod` takes on it. */
export function cacheRoomText(language: Language, { size, free, missing, image }: CacheRoom): string {
  const words = WORDS[language]
  const [needed, left] = [formatBytes(missing, language), formatBytes(free, language)]
  if (missing === 0) return words.cached(formatBytes(image, language))
  if (image > size) return words.tooSmall(formatBytes(image, language), formatBytes(size, language))
  return missing <= free ? words.fits(needed, left) : words.makesRoom(needed, left)
}
