/** Makes a revision of what an agent says it has captured, once it is seen to be in the repository. */
import type { Outcome } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ImageKind } from '#shared/domain/image.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import type { Inventory } from '../inventory/index.ts'
import type { NewRevision } from '../inventory/images.ts'
import type { Ending, OperationRecord } from '../inventory/operations.ts'
import type { Log } from '../platform/log.ts'
import type { Revisions } from '../repository/revision.ts'
import type { Announcer } from './announcer.ts'
import { endingOf, errorEnding } from './outcome.ts'
import { capturedKind, type CaptureTask, type PublishCachedTask } from './task.ts'

/** Ends the operation; what it runs `within` is written with it or not at all. Throws what that throws. */
export type Finish = (ending: Ending, within?: () => void) => void

export interface CaptureSettlement {
  /** Calls `finish` when all is read and checked. A second call for the same operation changes nothing. */
  settle(operation: OperationRecord, task: CaptureTask | PublishCachedTask, outcome: Outcome, finish: Finish): void
  busy(operation: OperationId): boolean
  /** What is not settled is left as it was: its agent, which has no answer, will say it again. */
  stop(): void
}

export interface SettlementParts {
  inventory: Inventory
  revisions: Revisions
  announce: Pick<Announcer, 'images'>
  log: Pick<Log, 'warn'>
}

export function createCaptureSettlement({ inventory, revisions, announce, log }: SettlementParts): CaptureSettlement {
  const settling = new Set<OperationId>()
  const stopped = new AbortController()
  const { signal } = stopped

  async function check(task: CaptureTask | PublishCachedTask, { id, computerName }: OperationRecord, outcome: Outcome): Promise<Omit<NewRevision, 'number'>> {
    const { manifest } = outcome
    if (manifest === undefined) throw new ClonaulaError('corruptImage', 'the agent names no manifest')
    if (!inventory.publishedManifests.has(id, manifest)) {
      throw new ClonaulaError('corruptImage', `manifest ${manifest} was not published by this operation`)
    }
    const { facts, packs } = await revisions.read(manifest, { signal })
    const kind: ImageKind = facts.disk === undefined ? 'partition' : 'disk'
    if (task.kind === 'capture' && kind !== capturedKind(task)) {
      throw new ClonaulaError('corruptImage', `the manifest is of a ${kind}`)
    }
    inventory.images.checkName(task.image, kind)
    return { image: inventory.images.nameOf(task.image), kind, description: task.description, manifest, facts, packs, source: computerName }
  }

  async function settle(operation: OperationRecord, task: CaptureTask | PublishCachedTask, outcome: Outcome, finish: Finish): Promise<void> {
    try {
      const found = await check(task, operation, outcome)
      if (signal.aborted) return
      if (inventory.operations.get(operation.id).state !== 'running') return
      // The repository numbers it; said again, because this did not get to the inventory, it is the same revision.
      const number = await revisions.add(found)
      if (signal.aborted) return
      finish(endingOf(outcome), () => {
        inventory.images.addRevision({ ...found, number })
        inventory.operations.setRevision(operation.id, number)
      })
      announce.images()
    } catch (error) {
      if (signal.aborted) return
      log.warn({ operation: operation.id, err: error }, 'capture is not accepted')
      finish(errorEnding(error, outcome.seconds))
    }
  }

  return {
    settle(operation, task, outcome, finish) {
      if (settling.has(operation.id)) return
      settling.add(operation.id)
      void settle(operation, task, outcome, finish).finally(() => settling.delete(operation.id))
    },
    busy: (operation) => settling.has(operation),
    stop: () => stopped.abort(),
  }
}
