import { assertNever } from '#shared/domain/errors.ts'
import { FormatCacheDialog } from './features/cache/FormatCacheDialog.tsx'
import { PrepareCacheDialog } from './features/cache/PrepareCacheDialog.tsx'
import { PublishCachedDialog } from './features/cache/PublishCachedDialog.tsx'
import { UpdateCacheDialog } from './features/cache/UpdateCacheDialog.tsx'
import { CaptureDialog } from './features/capture/CaptureDialog.tsx'
import { BootModeDialog } from './features/computer/BootModeDialog.tsx'
import { EditDialog } from './features/computer/EditDialog.tsx'
import { MoveDialog } from './features/computer/MoveDialog.tsx'
import { RemoveDialog } from './features/computer/RemoveDialog.tsx'
import { DeployDialog } from './features/deploy/DeployDialog.tsx'
import { EmptyTrashDialog } from './features/images/EmptyTrashDialog.tsx'
import { RemoveRevisionDialog } from './features/images/RemoveRevisionDialog.tsx'
import { PowerDialog } from './features/map/PowerDialog.tsx'
import { CancelDialog } from './features/operations/CancelDialog.tsx'
import { AdoptDialog } from './features/pending/AdoptDialog.tsx'
import { EnrolDialog } from './features/pending/EnrolDialog.tsx'
import { RestoreDialog } from './features/restore/RestoreDialog.tsx'
import { NewComputerDialog } from './features/rooms/NewComputerDialog.tsx'
import { NewClassroomDialog, NewGroupDialog, NewSiteDialog } from './features/rooms/NewDialogs.tsx'
import { RemoveClassroomDialog, RemoveGroupDialog, RemoveSiteDialog } from './features/rooms/RemoveDialogs.tsx'
import { RenameGroupDialog, RenameSiteDialog } from './features/rooms/RenameDialogs.tsx'
import { closeDialog, useDialogs, type Dialog } from './state/dialogs.ts'

/** The dialog that a screen asked for, one at a time in sight; and behind it, with all that was chosen there, the one that asked for it. */
export function Dialogs() {
  const { open, under } = useDialogs()
  const first = under ?? open
  return (
    <>
      {first && <OneDialog dialog={first} hidden={under !== undefined} />}
      {under && open && <OneDialog dialog={open} />}
    </>
  )
}

function OneDialog({ dialog, hidden = false }: { dialog: Dialog; hidden?: boolean }) {
  const close = (): void => closeDialog(dialog)
  switch (dialog.kind) {
    case 'restore':
      return <RestoreDialog computers={dialog.computers} initial={dialog.retry} onClose={close} />
    case 'deploy':
      return <DeployDialog computers={dialog.computers} initial={dialog.retry} hidden={hidden} onClose={close} />
    case 'capture':
      return <CaptureDialog id={dialog.computer} onClose={close} />
    case 'power':
      return <PowerDialog computers={dialog.computers} action={dialog.action} onClose={close} />
    case 'cancel':
      return <CancelDialog id={dialog.operation} onClose={close} />
    case 'adopt':
      return <AdoptDialog macs={dialog.macs} onClose={close} />
    case 'enrol':
      return <EnrolDialog id={dialog.classroom} onClose={close} />
    case 'boot-mode':
      return <BootModeDialog computers={dialog.computers} onClose={close} />
    case 'edit':
      return <EditDialog id={dialog.computer} onClose={close} />
    case 'move':
      return <MoveDialog computers={dialog.computers} onClose={close} />
    case 'remove':
      return <RemoveDialog computers={dialog.computers} onClose={close} />
    case 'prepare-cache':
      return <PrepareCacheDialog computers={dialog.computers} onClose={close} />
    case 'update-cache':
      return <UpdateCacheDialog computers={dialog.computers} onClose={close} />
    case 'format-cache':
      return <FormatCacheDialog computers={dialog.computers} onClose={close} />
    case 'publish-cached':
      return <PublishCachedDialog computer={dialog.computer} image={dialog.image} onClose={close} />
    case 'new-site':
      return <NewSiteDialog onClose={close} />
    case 'new-classroom':
      return <NewClassroomDialog site={dialog.site} onClose={close} />
    case 'new-computer':
      return <NewComputerDialog classroom={dialog.classroom} group={dialog.group} onClose={close} />
    case 'new-group':
      return <NewGroupDialog classroom={dialog.classroom} parent={dialog.parent} onClose={close} />
    case 'rename-site':
      return <RenameSiteDialog id={dialog.site} onClose={close} />
    case 'rename-group':
      return <RenameGroupDialog id={dialog.group} onClose={close} />
    case 'remove-site':
      return <RemoveSiteDialog id={dialog.site} onClose={close} />
    case 'remove-classroom':
      return <RemoveClassroomDialog id={dialog.classroom} onClose={close} />
    case 'remove-group':
      return <RemoveGroupDialog id={dialog.group} onClose={close} />
    case 'remove-revision':
      return <RemoveRevisionDialog image={dialog.image} name={dialog.name} revision={dialog.revision} onClose={close} />
    case 'empty-trash':
      return <EmptyTrashDialog onClose={close} />
    default:
      return assertNever(dialog)
  }
}
