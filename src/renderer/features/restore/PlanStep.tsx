import { Alert, Button, Center, Flex, Group, List, Loader, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { ClassroomView, RestorePlanRow } from '#shared/contract/views.ts'
import type { MethodUse } from '#shared/domain/automatic-change.ts'
import { cacheRoomText, estimateText, formatBytes, formatLinkSpeed, methodUseText, resultSentence, spaceText } from '#shared/i18n/index.ts'
import { useClient } from '../../bridge/index.ts'
import { DataTable, type Column } from '../../components/DataTable.tsx'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { BAD, GOOD, WARNED } from '../../components/tones.ts'
import type { Texts } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { acceptedRequests, wholeClassrooms, type Planned, type RestoreInput } from './requests.ts'

interface Props {
  requests: readonly RestoreInput[]
  onBack: () => void
  onClose: () => void
}

/** What would happen on each computer; what goes; and the go-ahead, which grows with the damage. */
export function PlanStep({ requests, onBack, onClose }: Props) {
  const client = useClient()
  const [planned, setPlanned] = useState<readonly Planned[]>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    Promise.all(requests.map(async (request) => ({ request, rows: await client.call('restore.plan', request) }))).then(setPlanned, setError)
    // The plan is of the moment that it was asked for: going back and on asks again.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const { words } = useTexts()
  if (error !== undefined) {
    return (
      <Stack>
        <ErrorNote error={error} />
        <Group justify="flex-end"><Button variant="default" onClick={onBack}>{words.back}</Button></Group>
      </Stack>
    )
  }
  if (!planned) return <Center h={200}><Loader /></Center>
  return <Confirmation planned={planned} onBack={onBack} onClose={onClose} />
}

function Confirmation({ planned, onBack, onClose }: { planned: readonly Planned[]; onBack: () => void; onClose: () => void }) {
  const texts = useTexts()
  const { restore: words, words: common } = texts
  const rows = planned.flatMap((one) => one.rows)
  const going = rows.filter(({ ok }) => ok)
  const refused = rows.length - going.length
  const rooms = useWholeClassrooms(going)
  const [typed, setTyped] = useState<Record<number, string>>({})
  const { execute, busy, error } = useExecute(planned, onClose)
  const confirmed = rooms.every(({ id, name }) => typed[id]?.trim() === name)
  return (
    <Stack>
      {/* A room of 35 scrolls under its titles: what goes and the buttons stay in sight. */}
      <Flex direction="column" mah="max(240px, 90vh - 430px)">
        <DataTable label={words.planTable} columns={columns(texts, rows)} rows={rows} rowId={({ computerId }) => String(computerId)} />
      </Flex>
      {refused > 0 && <Alert color="orange" role="status" py={8}>{going.length === 0 ? words.noneFits : words.refused(refused)}</Alert>}
      {going.length > 0 && <Erased rows={going} />}
      {rooms.map(({ id, name }) => (
        <TextInput key={id} label={words.typeName(name)} value={typed[id] ?? ''} onChange={(event) => setTyped({ ...typed, [id]: event.currentTarget.value })} autoComplete="off" />
      ))}
      {error !== undefined && <ErrorNote error={error} />}
      <Group justify="space-between">
        <Button variant="subtle" onClick={onBack}>{common.back}</Button>
        <Group>
          <Button variant="default" onClick={onClose} autoFocus data-autofocus>{common.cancel}</Button>
          <Button color="red" disabled={going.length === 0 || !confirmed} loading={busy} onClick={execute}>{words.execute(going.length)}</Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** Exactly what goes, computer by computer. */
function Erased({ rows }: { rows: readonly RestorePlanRow[] }) {
  const { restore: words } = useTexts()
  const losing = rows.filter(({ erases }) => erases.length > 0)
  if (losing.length === 0) return <Alert color="teal" role="status">{words.erasesNothing}</Alert>
  return (
    <Alert color="red" role="group" title={words.willErase} aria-label={words.willErase} py="xs">
      <List size="sm" mah={110} style={{ overflow: 'auto' }}>
        {losing.map(({ computerId, computerName, erases }) => (
          <List.Item key={computerId}><Text span fw={600} size="sm">{computerName}</Text>: {erases.join('; ')}</List.Item>
        ))}
      </List>
    </Alert>
  )
}

/** The method, and below it why it is not what was asked for, or what comes before it. */
function Use({ use }: { use: MethodUse }) {
  const { language } = useTexts()
  return <Text size="sm" {...(use.changed || use.makeRoom ? { c: WARNED } : {})}>{methodUseText(language, use)}</Text>
}

/** A number stays with its unit. */
function Figure({ children }: { children: string }) {
  return <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{children}</Text>
}

/** The room at the destination, the CACHE's, link and time only where something of them is known; by room: the tightest first. */
function columns({ language, restore: words, words: common }: Texts, rows: readonly RestorePlanRow[]): Column<RestorePlanRow>[] {
  const sentence = ({ ok, refusal }: RestorePlanRow): string =>
    ok || !refusal ? words.fits : resultSentence(language, refusal.result, refusal.params)
  const room: Column<RestorePlanRow> = {
    id: 'space', header: words.space, sort: ({ space }) => (space ? space.available - space.needed : 0),
    cell: ({ space }) => space && <Figure>{spaceText(language, space)}</Figure>,
  }
  const cached: Column<RestorePlanRow> = {
    id: 'cache', header: words.cache, sort: ({ cache }) => (cache ? cache.free - cache.missing : 0),
    cell: ({ cache }) => cache && <Text size="sm" miw={130}>{cacheRoomText(language, cache)}</Text>,
  }
  const link: Column<RestorePlanRow> = {
    id: 'link', header: words.link, sort: ({ linkSpeed }) => linkSpeed ?? 0,
    cell: ({ linkSpeed }) => linkSpeed !== undefined && <Figure>{formatLinkSpeed(linkSpeed, language)}</Figure>,
  }
  const time: Column<RestorePlanRow> = {
    id: 'time', header: words.time, sort: ({ estimate }) => estimate?.seconds ?? 0,
    cell: ({ estimate }) => estimate && <Figure>{estimateText(language, estimate)}</Figure>,
  }
  return [
    { id: 'computer', header: common.computer, sort: ({ computerName }) => computerName, cell: ({ computerName }) => <Text size="sm" fw={600}>{computerName}</Text> },
    { id: 'verdict', header: words.verdict, sort: sentence, cell: (row) => <Text size="sm" miw={180} c={row.ok ? GOOD : BAD}>{sentence(row)}</Text> },
    { id: 'use', header: words.really, sort: ({ use }) => use?.method ?? '', cell: ({ use }) => use && <Use use={use} /> },
    { id: 'bytes', header: words.data, sort: ({ bytes }) => bytes, cell: ({ ok, bytes }) => ok && <Figure>{formatBytes(bytes, language)}</Figure> },
    ...(rows.some(({ space }) => space) ? [room] : []),
    ...(rows.some(({ cache }) => cache) ? [cached] : []),
    ...(rows.some(({ linkSpeed }) => linkSpeed !== undefined) ? [link] : []),
    ...(rows.some(({ estimate }) => estimate) ? [time] : []),
  ]
}

function useWholeClassrooms(going: readonly RestorePlanRow[]): ClassroomView[] {
  const { classrooms, computers } = useConsole()
  return wholeClassrooms(classrooms, [...computers.values()], new Set(going.map(({ computerId }) => computerId)))
}

/** Starts each request once: after a failure half-way, trying again goes on with those that are left. */
function useExecute(planned: readonly Planned[], onDone: () => void): { execute: () => void; busy: boolean; error: unknown } {
  const client = useClient()
  const [left, setLeft] = useState(() => acceptedRequests(planned))
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const run = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    const waiting = [...left]
    try {
      for (let next = waiting[0]; next; next = waiting[0]) {
        await client.call('restore.start', next)
        waiting.shift()
      }
      onDone()
    } catch (reason) {
      setLeft(waiting)
      setError(reason)
      setBusy(false)
    }
  }
  return { execute: () => void run(), busy, error }
}
