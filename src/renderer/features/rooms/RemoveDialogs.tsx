import { Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ClassroomId, GroupId, SiteId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { useConsole } from '../../state/console-store.ts'
import { go } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'
import { useClassroom, useComputersOf } from '../../state/use-classroom.ts'

/** Only an empty one goes, so that nothing is lost. */
export function RemoveSiteDialog({ id, onClose }: { id: SiteId; onClose: () => void }) {
  const { rooms: { remove: words } } = useTexts()
  const client = useClient()
  const site = useConsole((data) => data.sites.find((one) => one.id === id))
  return (
    <FormDialog title={words.title(site?.name ?? '')} submit={words.submit} danger onSubmit={() => client.call('sites.remove', { id })} onClose={onClose}>
      <Text>{words.site}</Text>
    </FormDialog>
  )
}

/** With computers in it, its name has to be typed: they are all forgotten. */
export function RemoveClassroomDialog({ id, onClose }: { id: ClassroomId; onClose: () => void }) {
  const { rooms: { remove: words } } = useTexts()
  const client = useClient()
  const name = useClassroom(id)?.name ?? ''
  const { length } = useComputersOf({ classroom: id })
  const [typed, setTyped] = useState('')
  const confirmed = length === 0 || typed.trim() === name
  const remove = async (): Promise<void> => {
    await client.call('classrooms.remove', { id })
    go({ name: 'home' })
  }
  return (
    <FormDialog title={words.title(name)} submit={words.submit} danger disabled={!confirmed} onSubmit={remove} onClose={onClose}>
      <Text>{words.classroom(length)}</Text>
      {length > 0 && (
        <TextInput label={words.typeName(name)} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" />
      )}
    </FormDialog>
  )
}

export function RemoveGroupDialog({ id, onClose }: { id: GroupId; onClose: () => void }) {
  const { rooms: { remove: words } } = useTexts()
  const client = useClient()
  const group = useConsole((data) => data.groups.find((one) => one.id === id))
  const remove = async (): Promise<void> => {
    await client.call('groups.remove', { id })
    if (group) go(group.parentId === undefined ? { name: 'classroom', id: group.classroomId } : { name: 'group', id: group.parentId })
  }
  return (
    <FormDialog title={words.title(group?.name ?? '')} submit={words.submit} danger onSubmit={remove} onClose={onClose}>
      <Text>{words.group}</Text>
    </FormDialog>
  )
}
