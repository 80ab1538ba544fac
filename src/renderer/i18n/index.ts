/** The strings of the screens. Both languages of a screen stand side by side; a missing key does not compile. */
import type { Language } from '#shared/i18n/index.ts'
import { activity } from './activity.ts'
import { admin } from './admin.ts'
import { cache } from './cache.ts'
import { computer } from './computer.ts'
import { deploy } from './deploy.ts'
import { restore } from './restore.ts'
import { rooms } from './rooms.ts'
import { shell } from './shell.ts'
import { words } from './words.ts'

const textsIn = (language: Language) => ({
  language,
  words: words[language],
  shell: shell[language],
  rooms: rooms[language],
  cache: cache[language],
  computer: computer[language],
  deploy: deploy[language],
  restore: restore[language],
  admin: admin[language],
  ...activity[language],
})

export type Texts = ReturnType<typeof textsIn>

export const texts: Record<Language, Texts> = { es: textsIn('es'), en: textsIn('en') }

const LOCALE: Record<Language, string> = { es: 'es-ES', en: 'en-GB' }

/** `23 nov, 00:13` / `23 Nov, 00:13`. */
export function formatMoment(at: number, language: Language): string {
  return new Date(at).toLocaleString(LOCALE[language], { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' })
}

/** `00:13:05`, for lines of the same day. */
export function formatClock(at: number, language: Language): string {
  return new Date(at).toLocaleTimeString(LOCALE[language], { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/** `00:13`. */
export function formatTime(at: number, language: Language): string {
  return new Date(at).toLocaleTimeString(LOCALE[language], { hour: '2-digit', minute: '2-digit' })
}
