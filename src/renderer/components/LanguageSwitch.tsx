import { SegmentedControl } from '@mantine/core'
import { usePreferences } from '../state/preferences.ts'
import { useTexts } from '../state/texts.ts'

/** One click away, and remembered. Languages are called by their own names. */
export function LanguageSwitch() {
  const { shell } = useTexts()
  const { language, setLanguage } = usePreferences()
  return (
    <SegmentedControl
      size="xs"
      aria-label={shell.language}
      value={language}
      onChange={setLanguage}
      data={[{ value: 'es', label: 'Español' }, { value: 'en', label: 'English' }]}
    />
  )
}
