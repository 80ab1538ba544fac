import { findingsEn } from './findings.en.ts'
import { findingsEs } from './findings.es.ts'
import { resultsEn } from './results.en.ts'
import { resultsEs } from './results.es.ts'
import { formatBytes } from './bytes.ts'
import { expectedText } from './expected.ts'
import type { Language } from './language.ts'
import type { ErrorParams } from '../domain/errors.ts'
import type { Finding, FindingName } from '../domain/finding.ts'
import { resultName, type ResultName } from '../domain/result-codes.ts'

export { expectedText } from './expected.ts'
export { estimateText, formatLinkSpeed } from './estimate.ts'
export { networkWords, stallText } from './live-figures.ts'
export { methodUseText } from './method-use.ts'
export { cacheRoomText, spaceText } from './plan-room.ts'
export { Language } from './language.ts'
export { formatBytes, formatMegabytes, formatRate, formatSeconds } from './bytes.ts'

/** Values of these names are bytes when they are numbers. */
const BYTE_PARAMS: ReadonlySet<string> = new Set(['needed', 'available'])

const sentences: Record<Language, Record<ResultName, string>> = { es: resultsEs, en: resultsEn }
const findings: Record<Language, Record<FindingName, string>> = { es: findingsEs, en: findingsEn }

/** The sentence of a result. */
export function resultSentence(language: Language, result: ResultName | number, params: ErrorParams = {}): string {
  return fillSentence(sentences[language][typeof result === 'number' ? resultName(result) : result], language, params)
}

/** The sentence of a finding; one that comes with a result's code (`params.code`) says that result's sentence too. */
export function findingSentence(language: Language, { name, params }: Finding): string {
  const sentence = fillSentence(findings[language][name], language, params)
  const { code } = params
  return typeof code === 'number' ? `${sentence} ${resultSentence(language, code, params)}` : sentence
}

/** A sentence with its gaps filled; a bracketed part whose values are missing is left out. */
function fillSentence(sentence: string, language: Language, params: ErrorParams): string {
  const show = (key: string): string => {
    const value = params[key] ?? ''
    if (key === 'expected') return expectedText(language, String(value))
    return typeof value === 'number' && BYTE_PARAMS.has(key) ? formatBytes(value, language) : String(value)
  }
  const fill = (text: string): string => text.replaceAll(/\{(\w+)\}/g, (_, key: string) => show(key))
  const known = (part: string): boolean => [...part.matchAll(/\{(\w+)\}/g)].every(([, key]) => params[key ?? ''] !== undefined)
  const text = sentence.replaceAll(/\[([^\]]*)\]/g, (_, part: string) => (known(part) ? fill(part) : ''))
  const filled = fill(text)
  return filled.charAt(0).toUpperCase() + filled.slice(1)
}
