import { ActionIcon, Button, Checkbox, Group, Menu, Paper } from '@mantine/core'
import { IconDeviceFloppy, IconDots, IconPlayerPlay, IconPower, IconRefresh, IconRepeat, IconRestore, IconStackPush } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ComputerId } from '#shared/domain/ids.ts'
import { Permitted } from '../../components/Permitted.tsx'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { failedBatches, type FailedBatch } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { useStart } from './use-start.ts'

interface Props {
  computers: readonly ComputerView[]
  selected: readonly ComputerView[]
  onSelect: (ids: ComputerId[]) => void
}

/** What can be done with the computers chosen; and with those that failed, in one click. */
export function SelectionBar({ computers, selected, onSelect }: Props) {
  const { rooms, computer, cache, deploy } = useTexts()
  const start = useStart()
  const batches = useMemo(() => failedBatches(computers), [computers])
  const ids = selected.map(({ id }) => id)
  const [only] = ids
  const none = ids.length === 0
  return (
    <Paper withBorder p="xs" role="toolbar" aria-label={rooms.selected(ids.length)}>
      <Group justify="space-between">
        <Checkbox
          label={none ? rooms.selectAll : rooms.selected(ids.length)}
          aria-label={rooms.selectAll}
          checked={ids.length === computers.length}
          indeterminate={!none && ids.length < computers.length}
          onChange={(event) => onSelect(event.currentTarget.checked ? computers.map(({ id }) => id) : [])}
        />
        <Group gap="xs">
          {batches.map((batch) => <RetryButton key={batch.computers[0]?.id} batch={batch} />)}
          <Permitted call="restore.start">
            <Button disabled={none} leftSection={<IconRestore size={18} aria-hidden />} onClick={() => showDialog({ kind: 'restore', computers: ids })}>{rooms.restore}</Button>
          </Permitted>
          <Permitted call="deploy.start">
            <Button variant="light" disabled={none} leftSection={<IconStackPush size={18} aria-hidden />} onClick={() => showDialog({ kind: 'deploy', computers: ids })}>{deploy.action}</Button>
          </Permitted>
          <Permitted call="images.capture">
            <Button
              variant="default"
              disabled={ids.length !== 1}
              leftSection={<IconDeviceFloppy size={18} aria-hidden />}
              onClick={() => only !== undefined && showDialog({ kind: 'capture', computer: only })}
            >
              {rooms.createImage}
            </Button>
          </Permitted>
          <Permitted call="computers.power">
            <Button variant="default" disabled={none} leftSection={<IconPlayerPlay size={18} aria-hidden />} onClick={() => start(ids)}>{rooms.start}</Button>
          </Permitted>
          <Permitted call="computers.power">
            <Button variant="default" disabled={none} leftSection={<IconRefresh size={18} aria-hidden />} onClick={() => showDialog({ kind: 'power', computers: ids, action: 'restart' })}>{rooms.restart}</Button>
          </Permitted>
          <Permitted call="computers.power">
            <Button variant="default" disabled={none} leftSection={<IconPower size={18} aria-hidden />} onClick={() => showDialog({ kind: 'power', computers: ids, action: 'shutdown' })}>{rooms.shutdown}</Button>
          </Permitted>
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={36} disabled={none} aria-label={rooms.moreActions}><IconDots size={18} /></ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'boot-mode', computers: ids })}>{rooms.bootMode.action}</Menu.Item></Permitted>
              <Permitted call="computers.update"><Menu.Item onClick={() => showDialog({ kind: 'move', computers: ids })}>{computer.move}</Menu.Item></Permitted>
              <Menu.Divider />
              <Permitted call="cache.update"><Menu.Item onClick={() => showDialog({ kind: 'update-cache', computers: ids })}>{cache.update}</Menu.Item></Permitted>
              <Permitted call="cache.prepare"><Menu.Item onClick={() => showDialog({ kind: 'prepare-cache', computers: ids })}>{cache.prepare}</Menu.Item></Permitted>
              <Permitted call="cache.format"><Menu.Item onClick={() => showDialog({ kind: 'format-cache', computers: ids })}>{cache.format}</Menu.Item></Permitted>
              <Menu.Divider />
              <Permitted call="computers.remove"><Menu.Item color="red" onClick={() => showDialog({ kind: 'remove', computers: ids })}>{computer.remove}</Menu.Item></Permitted>
            </Menu.Dropdown>
          </Menu>
        </Group>
      </Group>
    </Paper>
  )
}

/** Opens the wizard with what failed, as it was. */
function RetryButton({ batch: { computers, retry } }: { batch: FailedBatch }) {
  const { rooms } = useTexts()
  const known = useConsole((data) => data.images.some(({ name }) => name === retry.image))
  // A deployment may go on without it: its commands can be edited.
  if (retry.kind === 'restore' && !known) return null
  const ids = computers.map(({ id }) => id)
  const open = (): void => showDialog(retry.kind === 'deploy' ? { kind: 'deploy', computers: ids, retry } : { kind: 'restore', computers: ids, retry })
  return (
    <Permitted call={retry.kind === 'deploy' ? 'deploy.start' : 'restore.start'}>
      <Button color="orange" variant="light" leftSection={<IconRepeat size={18} aria-hidden />} onClick={open}>
        {rooms.retryFailed(computers.length, retry.image)}
      </Button>
    </Permitted>
  )
}
