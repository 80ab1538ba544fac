/** What this person prefers, kept in this browser or window. */
import { create } from 'zustand'
import { persist } from 'zustand/middleware'
import { Language } from '#shared/i18n/index.ts'

interface Preferences {
  /** Spanish until someone chooses otherwise. */
  language: Language
  setLanguage: (language: Language) => void
}

export const usePreferences = create<Preferences>()(
  persist((set) => ({ language: 'es', setLanguage: (language) => set({ language }) }), {
    name: 'clonaula-preferences',
    // Storage is the browser's: what it gives back may be of another version, or edited.
    merge: (stored, current) => {
      const language = Language.safeParse((stored as Partial<Preferences> | undefined)?.language)
      return language.success ? { ...current, language: language.data } : current
    },
  }),
)
