import { ActionIcon, Group, Stack, TextInput, Title, Tooltip } from '@mantine/core'
import { IconFileText, IconListDetails, IconPlayerStop, IconSearch } from '@tabler/icons-react'
import { useCallback, useMemo, useState } from 'react'
import type { OperationView } from '#shared/contract/views.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { useMay } from '../../bridge/index.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { operationName } from '../../components/operation-name.ts'
import { OperationLog } from '../../components/OperationLog.tsx'
import { OperationsTable } from '../../components/OperationsTable.tsx'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { isRunning, newestFirst } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import classes from './OperationsScreen.module.css'

/** Everything that was asked for: who, what, when, how it ended; and its log. */
export function OperationsScreen() {
  const { operations: words } = useTexts()
  const all = useConsole((data) => data.operations)
  const [chosen, setChosen] = useState<OperationId>()
  const [filter, setFilter] = useState('')
  const rows = useMemo(() => newestFirst(all.values()).filter((operation) => matches(operation, filter)), [all, filter])
  const shown = (chosen === undefined ? undefined : all.get(chosen)) ?? rows[0]
  const actions = useCallback((operation: OperationView) => <Actions operation={operation} onLog={setChosen} />, [])
  if (all.size === 0) {
    return (
      <Stack>
        <Title order={1} size="h2">{words.title}</Title>
        <EmptyHint title={words.empty} hint={words.emptyHint} Icon={IconListDetails} />
      </Stack>
    )
  }
  return (
    <div className={classes.screen}>
      <Group justify="space-between">
        <Title order={1} size="h2">{words.title}</Title>
        <TextInput
          aria-label={words.filter}
          placeholder={words.filter}
          leftSection={<IconSearch size={16} aria-hidden />}
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
        />
      </Group>
      <div className={classes.list}>
        <OperationsTable operations={rows} current={shown?.id} actions={actions} />
      </div>
      {shown && <OperationLog key={shown.id} operation={shown} />}
    </div>
  )
}

function Actions({ operation, onLog }: { operation: OperationView; onLog: (id: OperationId) => void }) {
  const texts = useTexts()
  const { operations: words } = texts
  const may = useMay()
  const log = words.showLog(operationName(operation, texts), operation.computerName)
  return (
    <Group gap={4} wrap="nowrap">
      <Tooltip label={log}>
        <ActionIcon variant="subtle" aria-label={log} onClick={() => onLog(operation.id)}><IconFileText size={18} /></ActionIcon>
      </Tooltip>
      {isRunning(operation) && may('operations.cancel') && (
        <Tooltip label={words.cancel}>
          <ActionIcon variant="subtle" color="red" aria-label={words.cancel} onClick={() => showDialog({ kind: 'cancel', operation: operation.id })}>
            <IconPlayerStop size={18} />
          </ActionIcon>
        </Tooltip>
      )}
    </Group>
  )
}

function matches({ computerName, imageName = '', requestedBy }: OperationView, filter: string): boolean {
  const wanted = filter.trim().toLowerCase()
  return [computerName, imageName, requestedBy].some((text) => text.toLowerCase().includes(wanted))
}
