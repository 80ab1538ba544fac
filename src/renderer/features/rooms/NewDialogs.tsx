import type { ClassroomId, GroupId, SiteId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { go } from '../../state/screen.ts'
import { useTexts } from '../../state/texts.ts'
import { NameDialog } from './NameDialog.tsx'

export function NewSiteDialog({ onClose }: { onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  return <NameDialog title={shell.newSite} label={shell.siteName} submit={shell.create} onSubmit={(name) => client.call('sites.create', { name })} onClose={onClose} />
}

export function NewClassroomDialog({ site, onClose }: { site: SiteId; onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  const create = async (name: string): Promise<void> => {
    const { id } = await client.call('classrooms.create', { siteId: site, name })
    go({ name: 'classroom', id })
  }
  return <NameDialog title={shell.newClassroom} label={shell.classroomName} submit={shell.create} onSubmit={create} onClose={onClose} />
}

export function NewGroupDialog({ classroom, parent, onClose }: { classroom: ClassroomId; parent: GroupId | undefined; onClose: () => void }) {
  const { shell } = useTexts()
  const client = useClient()
  const create = async (name: string): Promise<void> => {
    await client.call('groups.create', { classroomId: classroom, name, ...(parent !== undefined && { parentId: parent }) })
  }
  return <NameDialog title={shell.newGroup} label={shell.groupName} submit={shell.create} onSubmit={create} onClose={onClose} />
}
