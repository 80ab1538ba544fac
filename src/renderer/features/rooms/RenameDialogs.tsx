import type { GroupId, SiteId } from '#shared/domain/ids.ts'
import { useClient } from '../../bridge/index.ts'
import { useConsole } from '../../state/console-store.ts'
import { useTexts } from '../../state/texts.ts'
import { NameDialog } from './NameDialog.tsx'

export function RenameSiteDialog({ id, onClose }: { id: SiteId; onClose: () => void }) {
  const { shell, words, rooms } = useTexts()
  const client = useClient()
  const site = useConsole((data) => data.sites.find((one) => one.id === id))
  const rename = (name: string): Promise<unknown> => client.call('sites.update', { id, name })
  return <NameDialog title={rooms.renameTitle(site?.name ?? '')} label={shell.siteName} submit={words.save} initial={site?.name ?? ''} onSubmit={rename} onClose={onClose} />
}

export function RenameGroupDialog({ id, onClose }: { id: GroupId; onClose: () => void }) {
  const { shell, words, rooms } = useTexts()
  const client = useClient()
  const group = useConsole((data) => data.groups.find((one) => one.id === id))
  const rename = (name: string): Promise<unknown> => client.call('groups.update', { id, name })
  return <NameDialog title={rooms.renameTitle(group?.name ?? '')} label={shell.groupName} submit={words.save} initial={group?.name ?? ''} onSubmit={rename} onClose={onClose} />
}
