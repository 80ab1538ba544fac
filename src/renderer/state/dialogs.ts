/** Which dialog is open. Features ask for one another's dialogs here, so that they need not import each other. */
import { create } from 'zustand'
import type { DeployRetry, RestoreRetry } from '#shared/contract/views.ts'
import type { CachedImage } from '#shared/domain/cache.ts'
import type { ClassroomId, ComputerId, GroupId, ImageId, MacAddress, OperationId, SiteId } from '#shared/domain/ids.ts'

export type Dialog =
  | { kind: 'restore'; computers: ComputerId[]; retry?: RestoreRetry }
  | { kind: 'deploy'; computers: ComputerId[]; retry?: DeployRetry }
  | { kind: 'capture'; computer: ComputerId }
  | { kind: 'power'; computers: ComputerId[]; action: 'restart' | 'shutdown' }
  | { kind: 'cancel'; operation: OperationId }
  | { kind: 'adopt'; macs: MacAddress[] }
  | { kind: 'enrol'; classroom: ClassroomId }
  | { kind: 'boot-mode'; computers: ComputerId[] }
  | { kind: 'edit'; computer: ComputerId }
  | { kind: 'move'; computers: ComputerId[] }
  | { kind: 'remove'; computers: ComputerId[] }
  | { kind: 'prepare-cache' | 'update-cache' | 'format-cache'; computers: ComputerId[] }
  | { kind: 'publish-cached'; computer: ComputerId; image: CachedImage }
  | { kind: 'new-site' }
  | { kind: 'new-classroom'; site: SiteId }
  | { kind: 'new-computer'; classroom: ClassroomId; group?: GroupId }
  | { kind: 'new-group'; classroom: ClassroomId; parent?: GroupId }
  | { kind: 'rename-site'; site: SiteId }
  | { kind: 'rename-group'; group: GroupId }
  | { kind: 'remove-site'; site: SiteId }
  | { kind: 'remove-classroom'; classroom: ClassroomId }
  | { kind: 'remove-group'; group: GroupId }
  | { kind: 'remove-revision'; image: ImageId; name: string; revision: number }
  | { kind: 'empty-trash' }

interface Dialogs {
  open: Dialog | undefined
  /** Where `open` was asked for: out of sight, and there again as it was when that is closed. */
  under: Dialog | undefined
  show: (dialog: Dialog) => void
  showOver: (dialog: Dialog) => void
  /** Closes this one and no other: its answer may come when it is gone, and another is open. */
  close: (dialog: Dialog) => void
}

export const useDialogs = create<Dialogs>((set) => ({
  open: undefined,
  under: undefined,
  show: (dialog) => set({ open: dialog, under: undefined }),
  showOver: (dialog) => set(({ open }) => ({ open: dialog, under: open })),
  close: (dialog) => set(({ open, under }) => {
    if (dialog === open) return { open: under, under: undefined }
    return dialog === under ? { under: undefined } : {}
  }),
}))

export const showDialog = (dialog: Dialog): void => useDialogs.getState().show(dialog)
/** From inside a dialog that can be hidden. */
export const showDialogOver = (dialog: Dialog): void => useDialogs.getState().showOver(dialog)
export const closeDialog = (dialog: Dialog): void => useDialogs.getState().close(dialog)
