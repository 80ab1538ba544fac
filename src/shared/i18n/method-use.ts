import type { ChangeReason, MethodUse } from '../domain/automatic-change.ts'
import type { Language } from './language.ts'

interface Words {
  changed: Record<ChangeReason, string>
  makeRoom: Record<NonNullable<MethodUse['makeRoom']>, string>
  cached: string
}

const WORDS: Record<Language, Words> = {
  es: {
    changed: { noCache: 'no tiene CACHE', cacheTooSmall: 'no cabe en su CACHE' },
    makeRoom: { FORMAT: 'vaciando antes la CACHE', DELETE: 'borrando antes otras imágenes de la CACHE' },
    cached: 'ya está en la CACHE',
  },
  en: {
    changed: { noCache: 'it has no CACHE', cacheTooSmall: 'it does not fit in its CACHE' },
    makeRoom: { FORMAT: 'the CACHE is emptied first', DELETE: 'other images are removed from the CACHE first' },
    cached: 'it is in the CACHE already',
  },
}

/** `UNICAST-DIRECT (no tiene CACHE)`: the method that is really used, and why it is, where that is not plain. */
export function methodUseText(language: Language, { method, changed, makeRoom, cached }: MethodUse): string {
  const words = WORDS[language]
  const reasons = [changed && words.changed[changed], makeRoom && words.makeRoom[makeRoom], cached && words.cached].filter(Boolean)
  return reasons.length === 0 ? method : `${method} (${reasons.join('; ')})`
}
