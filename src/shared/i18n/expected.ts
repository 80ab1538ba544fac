import type { Language } from './language.ts'

/** What stands in capitals for something else, as usage texts call it. */
const PLACEHOLDERS: Record<Language, Readonly<Record<string, string>>> = {
  es: { IMAGE: 'IMAGEN', REVISION: 'REVISIÓN', VOLUME: 'VOLUMEN' },
  en: {},
}

/** `IMAGE[@REVISION]`, or other words that were expected, in the reader's language; what has to be written as it stands is left so. */
export function expectedText(language: Language, expected: string): string {
  return expected.replaceAll(/[A-Z]+/g, (word) => PLACEHOLDERS[language][word] ?? word)
}
