import { Alert, Button, Center, Flex, Group, List, Loader, Stack, Text, TextInput } from '@mantine/core'
import { useEffect, useState } from 'react'
import type { ClassroomView, RestorePlanRow } from '#shared/contract/views.ts'
import type { Texts } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { DataTable } from '../DataTable.tsx'
import { ErrorNote } from '../ErrorNote.tsx'
import { planColumns } from './plan-columns.tsx'
import { wholeClassrooms, type Planned, type Request } from './planned.ts'
import { useExecute } from './use-execute.ts'

interface Props<R extends Request> {
  requests: readonly R[]
  plan: (request: R) => Promise<RestorePlanRow[]>
  start: (request: R) => Promise<unknown>
  /** What is said of those that can and cannot, of a destination with nothing on it, and on the button that goes ahead. */
  words: Pick<Texts['restore'], 'fits' | 'refused' | 'noneFits' | 'erasesNothing' | 'execute'>
  onBack: () => void
  onClose: () => void
}

/** What would happen on each computer; what goes; and the go-ahead, which grows with the damage. */
export function PlanStep<R extends Request>({ requests, plan, ...rest }: Props<R>) {
  const [planned, setPlanned] = useState<readonly Planned<R>[]>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    Promise.all(requests.map(async (request) => ({ request, rows: await plan(request) }))).then(setPlanned, setError)
    // The plan is of the moment that it was asked for: going back and on asks again.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [])
  const { words } = useTexts()
  if (error !== undefined) {
    return (
      <Stack>
        <ErrorNote error={error} />
        <Group justify="flex-end"><Button variant="default" onClick={rest.onBack}>{words.back}</Button></Group>
      </Stack>
    )
  }
  if (!planned) return <Center h={200}><Loader /></Center>
  return <Confirmation planned={planned} {...rest} />
}

type ConfirmationProps<R extends Request> = Omit<Props<R>, 'requests' | 'plan'> & { planned: readonly Planned<R>[] }

function Confirmation<R extends Request>({ planned, start, words, onBack, onClose }: ConfirmationProps<R>) {
  const texts = useTexts()
  const { restore, words: common } = texts
  const rows = planned.flatMap((one) => one.rows)
  const going = rows.filter(({ ok }) => ok)
  const losing = going.filter(({ erases }) => erases.length > 0)
  const refused = rows.length - going.length
  const rooms = useWholeClassrooms(losing)
  const [typed, setTyped] = useState<Record<number, string>>({})
  const { execute, busy, error } = useExecute(planned, start, onClose)
  const confirmed = rooms.every(({ id, name }) => typed[id]?.trim() === name)
  return (
    <Stack>
      {/* A room of 35 scrolls under its titles: what goes and the buttons stay in sight. */}
      <Flex direction="column" mah="max(240px, 90vh - 430px)">
        <DataTable label={restore.planTable} columns={planColumns(texts, rows, words.fits)} rows={rows} rowId={({ computerId }) => String(computerId)} />
      </Flex>
      {refused > 0 && <Alert color="orange" role="status" py={8}>{going.length === 0 ? words.noneFits : words.refused(refused)}</Alert>}
      {losing.length > 0 && <Erased rows={losing} />}
      {going.length > 0 && losing.length === 0 && <Alert color="teal" role="status">{words.erasesNothing}</Alert>}
      {rooms.map(({ id, name }) => (
        <TextInput key={id} label={restore.typeName(name)} value={typed[id] ?? ''} onChange={(event) => setTyped({ ...typed, [id]: event.currentTarget.value })} autoComplete="off" />
      ))}
      {error !== undefined && <ErrorNote error={error} />}
      <Group justify="space-between">
        <Button variant="subtle" onClick={onBack}>{common.back}</Button>
        <Group>
          <Button variant="default" onClick={onClose} autoFocus data-autofocus>{common.cancel}</Button>
          <Button color={losing.length > 0 ? 'red' : 'teal'} disabled={going.length === 0 || !confirmed} loading={busy} onClick={execute}>
            {words.execute(going.length)}
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** Exactly what goes, computer by computer. */
function Erased({ rows }: { rows: readonly RestorePlanRow[] }) {
  const { restore: words } = useTexts()
  return (
    <Alert color="red" role="group" title={words.willErase} aria-label={words.willErase} py="xs">
      <List size="sm" mah={110} style={{ overflow: 'auto' }}>
        {rows.map(({ computerId, computerName, erases }) => (
          <List.Item key={computerId}><Text span fw={600} size="sm">{computerName}</Text>: {erases.join('; ')}</List.Item>
        ))}
      </List>
    </Alert>
  )
}

function useWholeClassrooms(losing: readonly RestorePlanRow[]): ClassroomView[] {
  const { classrooms, computers } = useConsole()
  return wholeClassrooms(classrooms, [...computers.values()], new Set(losing.map(({ computerId }) => computerId)))
}
