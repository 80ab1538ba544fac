import { Alert, Button, Code, Flex, Group, List, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ClassroomView, DeployPlanRow } from '#shared/contract/views.ts'
import type { Texts } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { DataTable } from '../DataTable.tsx'
import { ErrorNote } from '../ErrorNote.tsx'
import { planColumns } from './plan-columns.tsx'
import { computersOf, lossesOf, wholeClassrooms, type Loss } from './planned.ts'

/** What is asked for at once, and its check on each computer. */
export interface PlanSection {
  /** The command, where there is one. */
  command?: string
  /** Which revision it means: `Win10@3`. */
  brings?: string
  /** What is said of a computer that can, where it is not what the words say. */
  fits?: string
  /** Comes before what the button goes ahead with, which does not count whom only this is for. */
  preparatory?: boolean
  rows: readonly DeployPlanRow[]
}

/** What is said of those that can and cannot, of a destination with nothing on it, and on the button that goes ahead. */
export type PlanWords = Pick<Texts['restore'], 'fits' | 'fails' | 'refused' | 'noneFits' | 'erasesNothing' | 'execute'>

interface Props {
  sections: readonly PlanSection[]
  words: PlanWords
  /** Does what was planned. A failure is shown, and may be tried again. */
  start: () => Promise<unknown>
  onBack: () => void
  onClose: () => void
}

/** What would happen on each computer; what goes; and the go-ahead, which grows with the damage. */
export function PlanConfirmation({ sections, words, start, onBack, onClose }: Props) {
  const texts = useTexts()
  const { restore, words: common } = texts
  const rows = sections.flatMap((section) => section.rows)
  const going = computersOf(rows.filter(({ ok }) => ok))
  const counted = computersOf(sections.filter(({ preparatory = false }) => !preparatory).flatMap((section) => section.rows.filter(({ ok }) => ok)))
  const refused = computersOf(rows.filter(({ ok }) => !ok))
  const losses = lossesOf(rows)
  const rooms = useWholeClassrooms(losses)
  const [typed, setTyped] = useState<Record<number, string>>({})
  const { execute, busy, error } = useExecute(start, onClose)
  const confirmed = rooms.every(({ id, name }) => typed[id]?.trim() === name)
  return (
    <Stack>
      {sections.map((section, index) => (
        // A room of 35 scrolls under its titles: what goes and the buttons stay in sight.
        <Flex key={index} direction="column" gap={6} mah="max(240px, 90vh - 430px)">
          {section.command !== undefined && (
            <Code block style={{ whiteSpace: 'pre-wrap', overflow: 'visible' }}>
              {section.command}
              {section.brings !== undefined && <Text span inherit fw={600}>{` → ${section.brings}`}</Text>}
            </Code>
          )}
          <DataTable
            label={section.command ?? restore.planTable}
            columns={planColumns(texts, section.rows, { ...words, ...(section.fits !== undefined && { fits: section.fits }) })}
            rows={section.rows}
            rowId={({ computerId }) => String(computerId)}
          />
        </Flex>
      ))}
      {refused.size > 0 && <Alert color="orange" role="status" py={8}>{going.size === 0 ? words.noneFits : words.refused(refused.size)}</Alert>}
      {losses.length > 0 && <Erased losses={losses} />}
      {going.size > 0 && losses.length === 0 && <Alert color="teal" role="status">{words.erasesNothing}</Alert>}
      {rooms.map(({ id, name }) => (
        <TextInput key={id} label={restore.typeName(name)} value={typed[id] ?? ''} onChange={(event) => setTyped({ ...typed, [id]: event.currentTarget.value })} autoComplete="off" />
      ))}
      {error !== undefined && <ErrorNote error={error} />}
      <Group justify="space-between">
        <Button variant="subtle" onClick={onBack}>{common.back}</Button>
        <Group>
          <Button variant="default" onClick={onClose} autoFocus data-autofocus>{common.cancel}</Button>
          <Button color={losses.length > 0 ? 'red' : 'teal'} disabled={going.size === 0 || !confirmed} loading={busy} onClick={execute}>
            {words.execute(counted.size)}
          </Button>
        </Group>
      </Group>
    </Stack>
  )
}

/** Exactly what goes, computer by computer. */
function Erased({ losses }: { losses: readonly Loss[] }) {
  const { restore: words } = useTexts()
  return (
    <Alert color="red" role="group" title={words.willErase} aria-label={words.willErase} py="xs">
      <List size="sm" mah={110} style={{ overflow: 'auto' }}>
        {losses.map(({ computerId, computerName, erases }) => (
          <List.Item key={computerId}><Text span fw={600} size="sm">{computerName}</Text>: {erases.join('; ')}</List.Item>
        ))}
      </List>
    </Alert>
  )
}

function useWholeClassrooms(losses: readonly Loss[]): ClassroomView[] {
  const { classrooms, computers } = useConsole()
  return wholeClassrooms(classrooms, [...computers.values()], computersOf(losses))
}

function useExecute(start: () => Promise<unknown>, onDone: () => void): { execute: () => void; busy: boolean; error: unknown } {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const execute = (): void => {
    setBusy(true)
    setError(undefined)
    start().then(onDone, (reason: unknown) => {
      setError(reason)
      setBusy(false)
    })
  }
  return { execute, busy, error }
}
