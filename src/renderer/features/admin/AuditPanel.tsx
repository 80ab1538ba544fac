import { Button, Center, Code, Stack, Text } from '@mantine/core'
import { IconListDetails } from '@tabler/icons-react'
import { useState } from 'react'
import type { AuditView } from '#shared/contract/views.ts'
import { useAnswer, useClient } from '../../bridge/index.ts'
import { DataTable, type Column } from '../../components/DataTable.tsx'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { formatMoment, type Texts } from '../../i18n/index.ts'
import { reportFailure } from '../../state/notices.ts'
import { useTexts } from '../../state/texts.ts'

const PAGE = 200

/** Who did what, and who logged in or tried to. */
export function AuditPanel() {
  const texts = useTexts()
  const { admin: { audit: words, tabs } } = texts
  const client = useClient()
  const { answer: newest, error } = useAnswer('audit.list', { limit: PAGE })
  const [older, setOlder] = useState<readonly AuditView[]>([])
  const [complete, setComplete] = useState(false)
  if (error !== undefined) return <ErrorNote error={error} />
  if (!newest) return null
  if (newest.length === 0) return <EmptyHint title={words.none} hint={words.noneHint} Icon={IconListDetails} />

  const entries = [...newest, ...older]
  const readOlder = (): void => {
    const before = entries.at(-1)?.id
    if (before === undefined) return
    client.call('audit.list', { limit: PAGE, before }).then((page) => {
      setOlder([...older, ...page])
      setComplete(page.length < PAGE)
    }, reportFailure)
  }
  return (
    <Stack>
      <Text size="sm">{words.intro}</Text>
      <DataTable label={tabs.audit} columns={columns(texts)} rows={entries} rowId={({ id }) => String(id)} />
      {newest.length === PAGE && !complete && <Center><Button variant="default" onClick={readOlder}>{words.older}</Button></Center>}
    </Stack>
  )
}

function columns({ language, admin: { audit: { columns: headers } } }: Texts): Column<AuditView>[] {
  return [
    { id: 'at', header: headers.at, sort: ({ id }) => id, cell: ({ at }) => <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{formatMoment(at, language)}</Text> },
    { id: 'who', header: headers.who, sort: ({ who }) => who, cell: ({ who }) => who },
    { id: 'action', header: headers.action, sort: ({ action }) => action, cell: ({ action }) => <Code>{action}</Code> },
    { id: 'detail', header: headers.detail, cell: ({ detail }) => <Text size="xs" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>{detail}</Text> },
  ]
}
