import { formatBytes, formatRate } from './bytes.ts'
import type { Language } from './language.ts'
import type { NetworkFigures, StallReason } from '../domain/progress.ts'

interface Words {
  received: (rate: string) => string
  sent: (rate: string) => string
  nobody: string
  peers: (peers: number, seeds: number | undefined) => string
  lost: (lost: number, repaired: number | undefined) => string
  unicast: (bytes: string) => string
  stalled: Record<StallReason, string>
}

const WORDS: Record<Language, Words> = {
  es: {
    received: (rate) => `recibe ${rate}`,
    sent: (rate) => `envía ${rate}`,
    nobody: 'de nadie',
    peers: (peers, seeds) => `de ${peers} ${peers === 1 ? 'equipo' : 'equipos'}${seeds === undefined ? '' : ` (${seeds} con todo)`}`,
    lost: (lost, repaired) => `${lost} ${lost === 1 ? 'paquete perdido' : 'paquetes perdidos'}${repaired === undefined ? '' : `, ${repaired} ${repaired === 1 ? 'repuesto' : 'repuestos'}`}`,
    unicast: (bytes) => `${bytes} por unicast`,
    stalled: {
      'no-peers': 'no hay a quién pedir',
      'not-available': 'nadie tiene lo que falta',
      'no-data': 'quienes lo tienen no envían nada',
      silent: 'nada avanza desde hace rato',
    },
  },
  en: {
    received: (rate) => `receives ${rate}`,
    sent: (rate) => `sends ${rate}`,
    nobody: 'from nobody',
    peers: (peers, seeds) => `from ${peers} ${peers === 1 ? 'computer' : 'computers'}${seeds === undefined ? '' : ` (${seeds} with all)`}`,
    lost: (lost, repaired) => `${lost} ${lost === 1 ? 'packet' : 'packets'} lost${repaired === undefined ? '' : `, ${repaired} repaired`}`,
    unicast: (bytes) => `${bytes} by unicast`,
    stalled: {
      'no-peers': 'there is nobody to ask',
      'not-available': 'nobody has what is missing',
      'no-data': 'those who have it send nothing',
      silent: 'nothing has moved for a while',
    },
  },
}

/** What a transfer looks like, in a few words each: `receives 12 MB/s`, `from 8 computers (2 with all)`. What did not happen is left out. */
export function networkWords(language: Language, { received, sent, peers, seeds, lost = 0, repaired, unicast = 0 }: NetworkFigures): string[] {
  const words = WORDS[language]
  return [
    words.received(formatRate(received, language)),
    ...(sent === undefined ? [] : [words.sent(formatRate(sent, language))]),
    ...(peers === undefined ? [] : [peers === 0 ? words.nobody : words.peers(peers, seeds)]),
    ...(lost === 0 ? [] : [words.lost(lost, repaired)]),
    ...(unicast === 0 ? [] : [words.unicast(formatBytes(unicast, language))]),
  ]
}

/** Why nothing gets on. */
export function stallText(language: Language, reason: StallReason): string {
  return WORDS[language].stalled[reason]
}
