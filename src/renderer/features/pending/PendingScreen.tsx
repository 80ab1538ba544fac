import { Button, Group, Stack, Text, Title } from '@mantine/core'
import { IconPlugConnected } from '@tabler/icons-react'
import { formatBytes } from '#shared/i18n/index.ts'
import type { PendingView } from '#shared/contract/views.ts'
import { DataTable, type Column } from '../../components/DataTable.tsx'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { formatMoment, type Texts } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { useTexts } from '../../state/texts.ts'

/** Computers that booted and that nobody knows. */
export function PendingScreen() {
  const texts = useTexts()
  const { pending: words } = texts.rooms
  const pending = useConsole((data) => data.pending)
  return (
    <Stack>
      <Group justify="space-between">
        <Title order={1} size="h2">{words.title}</Title>
        {pending.length > 1 && (
          <Permitted call="pending.adopt">
            <Button onClick={() => showDialog({ kind: 'adopt', macs: pending.map(({ mac }) => mac) })}>{words.adoptAll}</Button>
          </Permitted>
        )}
      </Group>
      {pending.length === 0 ? (
        <EmptyHint title={words.empty} hint={words.emptyHint} Icon={IconPlugConnected} />
      ) : (
        <>
          <Text>{words.intro}</Text>
          <DataTable label={words.title} columns={columns(texts)} rows={pending} rowId={({ mac }) => mac} />
        </>
      )}
    </Stack>
  )
}

function columns({ language, computer, rooms: { pending: words } }: Texts): Column<PendingView>[] {
  return [
    { id: 'mac', header: 'MAC', sort: ({ mac }) => mac, cell: ({ mac }) => <Text ff="monospace" size="sm">{mac}</Text> },
    { id: 'ip', header: computer.facts.address, sort: ({ ip }) => ip, cell: ({ ip }) => ip },
    { id: 'model', header: words.model, sort: modelOf, cell: modelOf },
    { id: 'memory', header: computer.facts.memory, sort: ({ hardware }) => hardware?.memory ?? 0, cell: ({ hardware }) => hardware && formatBytes(hardware.memory, language) },
    { id: 'seen', header: words.seen, sort: ({ seenAt }) => seenAt, cell: ({ seenAt }) => formatMoment(seenAt, language) },
    {
      id: 'adopt',
      header: '',
      cell: ({ mac }) => (
        <Permitted call="pending.adopt">
          <Button size="xs" aria-label={words.adoptOne(mac)} onClick={() => showDialog({ kind: 'adopt', macs: [mac] })}>{words.adopt}</Button>
        </Permitted>
      ),
    },
  ]
}

function modelOf({ hardware }: PendingView): string {
  return hardware ? `${hardware.manufacturer} ${hardware.product}`.trim() : ''
}
