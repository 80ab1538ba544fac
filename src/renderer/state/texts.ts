import { texts, type Texts } from '../i18n/index.ts'
import { usePreferences } from './preferences.ts'

/** The strings of the language in use; the component renders again when it changes. */
export function useTexts(): Texts {
  return texts[usePreferences((state) => state.language)]
}
