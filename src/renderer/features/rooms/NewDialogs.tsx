import { TextInput } from '@mantine/core'
import { useState } from 'react'
import type { ClassroomId, GroupId, SiteId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { FormDialog } from '../../components/FormDialog.tsx'
import { go } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'

interface NameDialogProps {
  title: string
  label: string
  onCreate: (name: string) => Promise<unknown>
  onClose: () => void
}

function NameDialog({ title, label, onCreate, onClose }: NameDialogProps) {
  const { shell } = useTexts()
  const [name, setName] = useState('')
  return (
    <FormDialog title={title} submit={shell.create} disabled={name.trim() === ''} onSubmit={() => onCreate(name)} onClose={onClose}>
      <TextInput label={label} value={name} onChange={(event) => setName(event.currentTarget.value)} maxLength={100} data-autofocus />
    </FormDialog>
  )
}

export function NewSiteDialog({ onClose }: { onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  return <NameDialog title={shell.newSite} label={shell.siteName} onCreate={(name) => client.call('sites.create', { name })} onClose={onClose} />
}

export function NewClassroomDialog({ site, onClose }: { site: SiteId; onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  const create = async (name: string): Promise<void> => {
    const { id } = await client.call('classrooms.create', { siteId: site, name })
    go({ name: 'classroom', id })
  }
  return <NameDialog title={shell.newClassroom} label={shell.classroomName} onCreate={create} onClose={onClose} />
}

export function NewGroupDialog({ classroom, parent, onClose }: { classroom: ClassroomId; parent: GroupId | undefined; onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  const create = async (name: string): Promise<void> => {
    await client.call('groups.create', { classroomId: classroom, name, ...(parent !== undefined && { parentId: parent }) })
  }
  return <NameDialog title={shell.newGroup} label={shell.groupName} onCreate={create} onClose={onClose} />
}
