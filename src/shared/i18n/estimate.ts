import { formatSeconds } from './bytes.ts'
import type { Language } from './language.ts'
import type { Estimate } from '../domain/estimate.ts'

const WORDS: Record<Language, Record<Estimate['basis'], (time: string) => string>> = {
  es: { history: (time) => `unos ${time}`, network: (time) => `${time} o más` },
  en: { history: (time) => `about ${time}`, network: (time) => `${time} or more` },
}

/** `about 12 min`; `4 min or more` where only the network is known. Nobody needs an estimate to the second. */
export function estimateText(language: Language, { seconds, basis }: Estimate): string {
  const minutes = Math.round(seconds / 60)
  const time = seconds <= 55 ? formatSeconds(Math.ceil(seconds / 5) * 5) : seconds < 3570 ? `${minutes} min` : formatSeconds(minutes * 60)
  return WORDS[language][basis](time)
}

/** Of a link, in Mbit/s: `100 Mbit/s`, `2.5 Gbit/s`. */
export function formatLinkSpeed(megabits: number, language: Language): string {
  if (megabits < 1000) return `${megabits} Mbit/s`
  return `${(megabits / 1000).toLocaleString(language === 'es' ? 'es-ES' : 'en-GB', { maximumFractionDigits: 1 })} Gbit/s`
}
