/** How far what runs has come: in memory, because a sample is worth nothing once the next one is there. */
import type { OperationId } from '#shared/domain/ids.ts'
import { canStall, type Progress, type StallReason } from '#shared/domain/progress.ts'

/** Milliseconds after which bytes that do not get on are shown as stalled, whatever their agent says, or does not say. */
export const STALL_AFTER = 30_000

export interface LiveView { progress?: Progress; stalled?: StallReason }

export interface LiveProgress {
  begin(operation: OperationId): void
  heard(operation: OperationId, progress: Progress): void
  /** @returns the last sample */
  end(operation: OperationId): Progress | undefined
  view(operation: OperationId): LiveView
  /** What has something new to show since the last call, which is so what bounds the events. */
  takeChanged(): OperationId[]
}

interface Entry { progress?: Progress; advancedAt: number; silent: boolean; changed: boolean }

export function createLiveProgress(now: () => number): LiveProgress {
  const entries = new Map<OperationId, Entry>()
  return {
    begin: (operation) => void entries.set(operation, { advancedAt: now(), silent: false, changed: false }),
    heard(operation, progress) {
      const entry = entries.get(operation)
      if (!entry) return
      const before = entry.progress
      if (before?.phase !== progress.phase || before.done !== progress.done) {
        entry.advancedAt = now()
        entry.silent = false
      }
      entry.progress = progress
      entry.changed = true
    },
    end(operation) {
      const last = entries.get(operation)?.progress
      entries.delete(operation)
      return last
    },
    view(operation) {
      const { progress, silent = false } = entries.get(operation) ?? {}
      const stalled = progress?.stalled ?? (silent ? 'silent' : undefined)
      return { ...(progress && { progress }), ...(stalled && { stalled }) }
    },
    takeChanged() {
      const changed: OperationId[] = []
      for (const [operation, entry] of entries) {
        const { progress, silent, advancedAt } = entry
        if (!silent && progress && canStall(progress) && advancedAt + STALL_AFTER <= now()) {
          entry.silent = true
          entry.changed = true
        }
        if (entry.changed) changed.push(operation)
        entry.changed = false
      }
      return changed
    },
  }
}
