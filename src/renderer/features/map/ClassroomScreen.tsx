import { ActionIcon, Badge, Button, Group, Menu, Stack, Title, Tooltip } from '@mantine/core'
import { IconDeviceDesktopOff, IconDoorEnter, IconDots, IconPlus, IconSettings } from '@tabler/icons-react'
import { useMemo, useState } from 'react'
import type { ComputerView } from '#shared/contract/views.ts'
import type { ClassroomId, ComputerId, GroupId } from '#shared/domain/ids.ts'
import { EmptyHint } from '../../components/EmptyHint.tsx'
import { Permitted } from '../../components/Permitted.tsx'
import { StateBadge } from '../../components/StateBadge.tsx'
import { formatTime } from '../../i18n/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { showDialog } from '../../state/dialogs.ts'
import { go } from '../../state/screen.ts'
import { countByState } from '../../state/selectors.ts'
import { useTexts } from '../../state/texts.ts'
import { useClassroom, useComputersOf } from '../../state/use-classroom.ts'
import { RoomMap } from './RoomMap.tsx'
import { SelectionBar } from './SelectionBar.tsx'

export function ClassroomScreen({ id }: { id: ClassroomId }) {
  const { shell, rooms, language } = useTexts()
  const classroom = useClassroom(id)
  const computers = useComputersOf({ classroom: id })
  if (!classroom) return <EmptyHint title={shell.gone} hint={shell.goneHint} />
  return (
    <Room title={classroom.name} computers={computers} empty={<EmptyClassroom />}>
      {classroom.enrolmentUntil !== undefined && (
        <Badge color="teal" variant="light" tt="none">{rooms.enrolment.until(formatTime(classroom.enrolmentUntil, language))}</Badge>
      )}
      <Permitted call="classrooms.enrol">
        <Button variant="default" leftSection={<IconDoorEnter size={18} aria-hidden />} onClick={() => showDialog({ kind: 'enrol', classroom: id })}>{rooms.enrol}</Button>
      </Permitted>
      <NewComputerButton classroom={id} />
      <Tooltip label={rooms.settings}>
        <ActionIcon variant="default" size="lg" aria-label={rooms.settings} onClick={() => go({ name: 'settings', id })}><IconSettings size={20} /></ActionIcon>
      </Tooltip>
    </Room>
  )
}

export function GroupScreen({ id }: { id: GroupId }) {
  const { shell, rooms } = useTexts()
  const group = useConsole((data) => data.groups.find((one) => one.id === id))
  const computers = useComputersOf({ group: id })
  if (!group) return <EmptyHint title={shell.gone} hint={shell.goneHint} />
  return (
    <Room title={group.name} computers={computers} empty={<EmptyGroup classroom={group.classroomId} />}>
      <NewComputerButton classroom={group.classroomId} group={id} />
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={rooms.actions(group.name)}><IconDots size={20} /></ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Permitted call="groups.update"><Menu.Item onClick={() => showDialog({ kind: 'rename-group', group: id })}>{rooms.rename}</Menu.Item></Permitted>
          <Permitted call="groups.remove"><Menu.Item color="red" onClick={() => showDialog({ kind: 'remove-group', group: id })}>{rooms.remove.action}</Menu.Item></Permitted>
        </Menu.Dropdown>
      </Menu>
    </Room>
  )
}

function NewComputerButton({ classroom, group }: { classroom: ClassroomId; group?: GroupId }) {
  const { rooms } = useTexts()
  return (
    <Permitted call="computers.create">
      <Button
        variant="default"
        leftSection={<IconPlus size={18} aria-hidden />}
        onClick={() => showDialog({ kind: 'new-computer', classroom, ...(group !== undefined && { group }) })}
      >
        {rooms.newComputer.action}
      </Button>
    </Permitted>
  )
}

function EmptyClassroom() {
  const { rooms } = useTexts()
  return (
    <EmptyHint title={rooms.empty} hint={rooms.emptyHint} Icon={IconDeviceDesktopOff}>
      <Button onClick={() => go({ name: 'pending' })}>{rooms.showPending}</Button>
    </EmptyHint>
  )
}

function EmptyGroup({ classroom }: { classroom: ClassroomId }) {
  const { rooms } = useTexts()
  return (
    <EmptyHint title={rooms.emptyGroup} hint={rooms.emptyGroupHint} Icon={IconDeviceDesktopOff}>
      <Button onClick={() => go({ name: 'classroom', id: classroom })}>{rooms.showClassroom}</Button>
    </EmptyHint>
  )
}

interface RoomProps {
  title: string
  computers: readonly ComputerView[]
  /** In the place of the map when there are none. */
  empty: React.ReactNode
  children?: React.ReactNode
}

function Room({ title, computers, empty, children }: RoomProps) {
  const [selection, setSelection] = useState<ReadonlySet<ComputerId>>(new Set())
  // Computers that left the room are not acted upon, however they were chosen.
  const selected = useMemo(() => computers.filter(({ id }) => selection.has(id)), [computers, selection])
  const toggle = (id: ComputerId): void =>
    setSelection((before) => {
      const next = new Set(before)
      if (!next.delete(id)) next.add(id)
      return next
    })
  return (
    <Stack>
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Group gap="xs">
          <Title order={1} size="h2">{title}</Title>
          {[...countByState(computers)].map(([state, count]) => <StateBadge key={state} state={state} count={count} />)}
        </Group>
        <Group gap="xs" wrap="nowrap" style={{ flexShrink: 0 }}>{children}</Group>
      </Group>
      {computers.length === 0 ? (
        empty
      ) : (
        <>
          <SelectionBar computers={computers} selected={selected} onSelect={(ids) => setSelection(new Set(ids))} />
          <RoomMap computers={computers} selection={selection} onToggle={toggle} />
        </>
      )}
    </Stack>
  )
}
