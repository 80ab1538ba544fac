import { Alert, Badge, Button, Group, Paper, Stack, Text, Title } from '@mantine/core'
import { IconAlertTriangle, IconCheck, IconPlayerStop, IconX, type TablerIcon } from '@tabler/icons-react'
import { useState } from 'react'
import type { ServiceView } from '#shared/contract/views.ts'
import { formatBytes, resultSentence } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { NetworkExamination } from './NetworkExamination.tsx'

/** What the console offers to the room; each part fails by itself, and says how to mend it. */
export function ServicesScreen() {
  const { services: words } = useTexts()
  const services = useConsole((data) => data.services)
  const info = useConsole((data) => data.info)
  return (
    <Stack maw={900}>
      <Title order={1} size="h2">{words.title}</Title>
      <Text>{words.intro}</Text>
      {services.map((service) => <Service key={service.name} service={service} />)}
      <NetworkExamination />
      <LiveSystem />
      {info && <Text size="sm" c="dimmed">{words.console}: {words.version(info.version, info.address)} · Node {info.node}</Text>}
    </Stack>
  )
}

const LOOKS: Record<ServiceView['state'], { Icon: TablerIcon; color: string }> = {
  running: { Icon: IconCheck, color: 'green' },
  stopped: { Icon: IconPlayerStop, color: 'gray' },
  failed: { Icon: IconX, color: 'red' },
}

function Service({ service: { name, state, listens, problem } }: { service: ServiceView }) {
  const { services: words, language } = useTexts()
  const { Icon, color } = LOOKS[state]
  const title = words.names[name]
  return (
    <Paper withBorder p="md" component="section" aria-label={title}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Group>
            <Title order={2} size="h4">{title}</Title>
            <Badge color={color} variant="light" tt="none" leftSection={<Icon size={13} aria-hidden />}>{words.states[state]}</Badge>
          </Group>
          {listens !== '' && <Text size="sm" c="dimmed">{words.listens} {listens}</Text>}
        </Group>
        {problem && (
          <Alert color={state === 'failed' ? 'red' : 'orange'} role={state === 'failed' ? 'alert' : 'note'} icon={<IconAlertTriangle aria-hidden />}>
            {resultSentence(language, problem.code, problem.params)}
          </Alert>
        )}
        {state === 'failed' && <Restart name={name} title={title} />}
      </Stack>
    </Paper>
  )
}

function Restart({ name, title }: { name: ServiceView['name']; title: string }) {
  const { services: words } = useTexts()
  const client = useClient()
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const restart = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    await client.call('services.restart', { name }).catch(setError)
    setBusy(false)
  }
  return (
    <>
      {error !== undefined && <ErrorNote error={error} />}
      <Group>
        <Permitted call="services.restart">
          <Button variant="default" loading={busy} aria-label={words.restartOne(title)} onClick={() => void restart()}>{words.restart}</Button>
        </Permitted>
      </Group>
    </>
  )
}

function LiveSystem() {
  const { services: words, language } = useTexts()
  const live = useConsole((data) => data.info?.live)
  return (
    <Paper withBorder p="md" component="section" aria-label={words.live}>
      <Title order={2} size="h4" mb="xs">{words.live}</Title>
      {live ? (
        <Text size="sm">{words.liveIs(live.version, live.kernel, formatBytes(live.bytes, language))}</Text>
      ) : (
        <Alert color="orange" role="status" title={words.noLive}>{words.noLiveHint}</Alert>
      )}
    </Paper>
  )
}
