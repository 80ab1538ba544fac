/** The console's data as the screens hold them: rows by id, replaced as events say. */
import { create } from 'zustand'
import type {
  ClassroomView, ComputerView, ConsoleView, GroupView, ImageView, OperationView, PendingView, ServiceView, SiteView, TrashedView,
} from '#shared/contract/views.ts'
import type { ComputerId, OperationId } from '#shared/domain/ids.ts'

export interface ConsoleData {
  /** False until the first answers are in: an empty list does not mean yet that there is nothing. */
  loaded: boolean
  info: ConsoleView | undefined
  sites: readonly SiteView[]
  classrooms: readonly ClassroomView[]
  groups: readonly GroupView[]
  computers: ReadonlyMap<ComputerId, ComputerView>
  operations: ReadonlyMap<OperationId, OperationView>
  pending: readonly PendingView[]
  images: readonly ImageView[]
  trash: readonly TrashedView[]
  services: readonly ServiceView[]
}

export const emptyConsole: ConsoleData = {
  loaded: false,
  info: undefined,
  sites: [],
  classrooms: [],
  groups: [],
  computers: new Map(),
  operations: new Map(),
  pending: [],
  images: [],
  trash: [],
  services: [],
}

export const useConsole = create<ConsoleData>(() => emptyConsole)
