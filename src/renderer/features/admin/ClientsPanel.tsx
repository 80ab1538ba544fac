import { Radio, Stack } from '@mantine/core'
import { Language } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { useTexts } from '../../state/texts.ts'
import { useSetting } from './use-setting.ts'

const NAMES: Record<Language, string> = { es: 'Español', en: 'English' }

/** What holds for every computer of every classroom. */
export function ClientsPanel() {
  const { admin: { clients: words } } = useTexts()
  const client = useClient()
  const [language, choose] = useSetting(
    (info) => info.language, (chosen: Language) => client.call('console.setLanguage', { language: chosen }))
  return (
    <Radio.Group label={words.language} description={words.hint} value={language ?? null} onChange={choose}>
      <Stack gap="xs" mt="sm">{Language.options.map((one) => <Radio key={one} value={one} label={NAMES[one]} />)}</Stack>
    </Radio.Group>
  )
}
