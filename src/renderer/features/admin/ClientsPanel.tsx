import { Radio, Stack } from '@mantine/core'
import { useState } from 'react'
import { Language } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

const NAMES: Record<Language, string> = { es: 'Español', en: 'English' }

/** What holds for every computer of every classroom. */
export function ClientsPanel() {
  const { admin: { clients: words } } = useTexts()
  const client = useClient()
  const language = useConsole((data) => data.info?.language)
  /** Chosen, and not yet known to be kept. */
  const [chosen, setChosen] = useState<Language>()
  const choose = (choice: Language): void => {
    setChosen(choice)
    client.call('console.setLanguage', { language: choice })
      .then((info) => useConsole.setState({ info }), reportFailure)
      .finally(() => setChosen(undefined))
  }
  return (
    <Radio.Group label={words.language} description={words.hint} value={chosen ?? language ?? null} onChange={choose}>
      <Stack gap="xs" mt="sm">{Language.options.map((one) => <Radio key={one} value={one} label={NAMES[one]} />)}</Stack>
    </Radio.Group>
  )
}
