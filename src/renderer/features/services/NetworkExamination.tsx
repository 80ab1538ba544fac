import { Button, Group, List, Paper, Stack, Text, ThemeIcon, Title, VisuallyHidden } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconQuestionMark, IconX, type TablerIcon } from '@tabler/icons-react'
import { useState } from 'react'
import type { Finding, FindingLevel } from '#shared/domain/finding.ts'
import { findingSentence } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { useTexts } from '../../state/texts.ts'

const LOOKS: Record<FindingLevel, { Icon: TablerIcon; color: string }> = {
  good: { Icon: IconCheck, color: 'green' },
  warning: { Icon: IconAlertTriangle, color: 'orange' },
  problem: { Icon: IconX, color: 'red' },
  unknown: { Icon: IconQuestionMark, color: 'gray' },
}

/** What may keep a room's computers from booting, looked for when somebody asks. */
export function NetworkExamination() {
  const { services: { network: words } } = useTexts()
  const client = useClient()
  const [busy, setBusy] = useState<'short' | 'long'>()
  const [error, setError] = useState<unknown>()
  const [findings, setFindings] = useState<readonly Finding[]>()
  const examine = async (how: 'short' | 'long'): Promise<void> => {
    setBusy(how)
    setError(undefined)
    await client.call('network.examine', { long: how === 'long' }).then(setFindings, setError)
    setBusy(undefined)
  }
  return (
    <Paper withBorder p="md" component="section" aria-label={words.title}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">{words.title}</Title>
          <Permitted call="network.examine">
            <Group gap="xs">
              <Button variant="default" loading={busy === 'short'} disabled={busy === 'long'} onClick={() => void examine('short')}>
                {findings ? words.again : words.examine}
              </Button>
              <Button variant="default" loading={busy === 'long'} disabled={busy === 'short'} onClick={() => void examine('long')}>{words.long}</Button>
            </Group>
          </Permitted>
        </Group>
        {error !== undefined && <ErrorNote error={error} />}
        {findings ? <Findings findings={findings} /> : <Text size="sm" c="dimmed">{words.hint} {words.longHint}</Text>}
      </Stack>
    </Paper>
  )
}

function Findings({ findings }: { findings: readonly Finding[] }) {
  const { services: { network: words }, language } = useTexts()
  return (
    <List spacing="xs" size="sm" center aria-live="polite" styles={{ itemWrapper: { lineHeight: 1.4 } }}>
      {findings.map((finding) => {
        const { Icon, color } = LOOKS[finding.level]
        const sentence = findingSentence(language, finding)
        return (
          <List.Item key={sentence} icon={<ThemeIcon color={color} size={22} radius="xl" aria-hidden><Icon size={14} /></ThemeIcon>}>
            <VisuallyHidden>{words.levels[finding.level]}: </VisuallyHidden>{sentence}
          </List.Item>
        )
      })}
    </List>
  )
}
