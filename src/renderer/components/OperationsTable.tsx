import { Badge, Text } from '@mantine/core'
import { IconCheck, IconClock, IconProgress, IconX, IconBan, type TablerIcon } from '@tabler/icons-react'
import type { Outcome } from '#shared/contract/agent.ts'
import type { OperationView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import type { OperationState } from '#shared/domain/operation.ts'
import { formatBytes, formatSeconds } from '#shared/i18n/index.ts'
import { formatMoment, type Texts } from '../i18n/index.ts'
import { useTexts } from '../state/texts.ts'
import { DataTable, type Column } from './DataTable.tsx'
import { useDiskWords } from './disk-words.ts'
import { Marks } from './Marks.tsx'
import { outcomeSentence } from './outcome.ts'
import { operationName } from './operation-name.ts'
import { ProgressLine } from './ProgressLine.tsx'

const LOOKS: Record<OperationState, { Icon: TablerIcon; color: string }> = {
  queued: { Icon: IconClock, color: 'gray' },
  running: { Icon: IconProgress, color: 'teal' },
  succeeded: { Icon: IconCheck, color: 'green' },
  failed: { Icon: IconX, color: 'red' },
  cancelled: { Icon: IconBan, color: 'gray' },
}

interface Props {
  operations: readonly OperationView[]
  /** Whose log is shown. */
  current?: OperationId | undefined
  /** Columns after the result. */
  actions?: (operation: OperationView) => React.ReactNode
}

/** Who, what, start, end, result. */
export function OperationsTable({ operations, current, actions }: Props) {
  const texts = useTexts()
  return (
    <DataTable
      label={texts.operations.title}
      columns={[...columns(texts), ...(actions ? [{ id: 'actions', header: '', cell: actions }] : [])]}
      rows={operations}
      rowId={({ id }) => String(id)}
      current={current === undefined ? undefined : String(current)}
    />
  )
}

function columns(texts: Texts): Column<OperationView>[] {
  const { language, words, operations: { columns: headers } } = texts
  const moment = (at: number | undefined): React.ReactNode => at !== undefined && <Text size="sm" style={{ whiteSpace: 'nowrap' }}>{formatMoment(at, language)}</Text>
  return [
    { id: 'kind', header: headers.kind, sort: (operation) => operationName(operation, texts), cell: (operation) => <What operation={operation} /> },
    { id: 'computer', header: headers.computer, sort: ({ computerName }) => computerName, cell: ({ computerName }) => computerName },
    { id: 'state', header: headers.state, sort: ({ state }) => words.operationStates[state], cell: (operation) => <State operation={operation} /> },
    { id: 'requestedBy', header: headers.requestedBy, sort: ({ requestedBy }) => requestedBy, cell: ({ requestedBy }) => requestedBy },
    { id: 'started', header: headers.started, sort: ({ startedAt, createdAt }) => startedAt ?? createdAt, cell: ({ startedAt }) => moment(startedAt) },
    { id: 'finished', header: headers.finished, sort: ({ finishedAt }) => finishedAt ?? Number.MAX_SAFE_INTEGER, cell: ({ finishedAt }) => moment(finishedAt) },
    { id: 'result', header: headers.result, cell: (operation) => <Result operation={operation} /> },
  ]
}

function What({ operation }: { operation: OperationView }) {
  const texts = useTexts()
  const { imageName, revision, target, intoCache, command } = operation
  const { targetName } = useDiskWords()
  const which = revision && texts.operations.revision(revision)
  // A deployment's command has its image and its target in it.
  const parts = command === undefined ? [imageName, which, target && targetName(target), intoCache && 'CACHE'] : [command, which]
  const detail = parts.filter(Boolean).join(' · ')
  return (
    <>
      <Text size="sm" fw={600}>{operationName(operation, texts)}</Text>
      <Text size="xs" c="dimmed">{detail}</Text>
    </>
  )
}

function State({ operation: { state, stalled } }: { operation: OperationView }) {
  const { words } = useTexts()
  const { Icon, color } = LOOKS[state]
  return (
    <>
      <Badge variant="light" color={color} tt="none" miw="max-content" leftSection={<Icon size={13} aria-hidden />}>{words.operationStates[state]}</Badge>
      <Marks stalled={stalled !== undefined && state === 'running'} failed={false} />
    </>
  )
}

function Result({ operation }: { operation: OperationView }) {
  const texts = useTexts()
  const { language } = texts
  const { progress, state, stalled, computerName } = operation
  if (state === 'running' && progress) {
    return <ProgressLine progress={progress} label={`${operationName(operation, texts)} ${computerName}`} stalled={stalled} />
  }
  return (
    <>
      <Text size="sm" maw={420}>{outcomeSentence(operation, language)}</Text>
      {operation.outcome && <Figures outcome={operation.outcome} />}
    </>
  )
}

/** How long it took, and what it moved if it moved anything. */
function Figures({ outcome: { seconds, figures } }: { outcome: Outcome }) {
  const { language, operations } = useTexts()
  const moved = ([['bytesRead', operations.read], ['bytesWritten', operations.written], ['bytesReceived', operations.received], ['bytesSent', operations.sent]] as const)
    .filter(([figure]) => figures[figure] > 0)
    .map(([figure, name]) => `${name} ${formatBytes(figures[figure], language)}`)
  return <Text size="xs" c="dimmed">{[operations.took(formatSeconds(seconds)), ...moved].join(' · ')}</Text>
}
