import { resultsEn } from './results.en.ts'
import { resultsEs } from './results.es.ts'
import { formatBytes } from './bytes.ts'
import type { Language } from './language.ts'
import type { ErrorParams } from '../domain/errors.ts'
import { resultName, type ResultName } from '../domain/result-codes.ts'

export { Language } from './language.ts'
export { formatBytes, formatRate, formatSeconds } from './bytes.ts'

/** Values of these names are bytes when they are numbers. */
const BYTE_PARAMS: ReadonlySet<string> = new Set(['needed', 'available'])

const sentences: Record<Language, Record<ResultName, string>> = { es: resultsEs, en: resultsEn }

/** The sentence of a result, its gaps filled; a bracketed part whose values are missing is left out. */
export function resultSentence(language: Language, result: ResultName | number, params: ErrorParams = {}): string {
  const name = typeof result === 'number' ? resultName(result) : result
  const show = (key: string): string => {
    const value = params[key] ?? ''
    return typeof value === 'number' && BYTE_PARAMS.has(key) ? formatBytes(value, language) : String(value)
  }
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, key: string) => show(key))
  const known = (part: string): boolean => [...part.matchAll(/\{(\w+)\}/g)].every(([, key]) => params[key ?? ''] !== undefined)
  const text = sentences[language][name].replaceAll(/\[([^\]]*)\]/g, (_, part: string) => (known(part) ? fill(part) : ''))
  const filled = fill(text)
  return filled.charAt(0).toUpperCase() + filled.slice(1)
}
