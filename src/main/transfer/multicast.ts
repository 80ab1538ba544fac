/** The console's part of MULTICAST-DIRECT and MULTICAST-CACHE: one session for all that a classroom's computers fetch at the same time in the same way. */
import type { NetworkProperties } from '#shared/domain/classroom.ts'
import { transferOf } from '#shared/domain/deploy/deploy-command.ts'
import { optionsOfRoom } from '#shared/domain/deploy/option-text.ts'
import { propertiesFor } from '#shared/domain/deploy/protocol-options.ts'
import type { ClassroomId, OperationId } from '#shared/domain/ids.ts'
import type { Inventory } from '../inventory/index.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import { readsRevision, type RestoreTask, type UpdateCacheTask } from '../operations/task.ts'
import type { TransferService } from './hub.ts'
import { sessionNetwork, type OwnNetwork } from './multicast-network.ts'
import { MulticastSession, type SessionParts } from './multicast-session.ts'

export interface MulticastParts extends Pick<SessionParts, 'revisions' | 'repository' | 'log' | 'createSender'> {
  inventory: Pick<Inventory, 'operations' | 'computers' | 'tree'>
  /** The card that serves the classroom. */
  card: () => OwnNetwork | undefined
  now?: () => number
}

export interface MulticastService extends TransferService {
  /** Ends all sessions: their computers go on by unicast. When it returns, neither thread nor socket is left. */
  stop(): Promise<void>
}

interface OpenSession { key: string; session: MulticastSession }

export function createMulticast(parts: MulticastParts): MulticastService {
  const { inventory, revisions, repository, card, log, now = () => performance.now(), createSender } = parts
  const open = new Set<OpenSession>()
  /** In which session an operation takes part, or took part. */
  const places = new Map<OperationId, MulticastSession>()

  /** A classroom's properties as an operation uses them. */
  function propertiesOf(classroom: ClassroomId, { deployment }: RestoreTask | UpdateCacheTask): NetworkProperties {
    return propertiesFor(inventory.tree.classroom(classroom).network, deployment?.options)
  }

  /** What has to be the same for two operations to share a session, whoever said it, classroom or deployment; `undefined` when it needs none. */
  function keyOf({ task, computerId }: OperationRecord): string | undefined {
    const classroom = inventory.computers.find(computerId)?.classroomId
    if (!byMulticast(task) || classroom === undefined) return undefined
    const { manifest, method } = task
    return JSON.stringify([manifest, method, classroom, optionsOfRoom(transferOf(method), propertiesOf(classroom, task))])
  }

  /** Those that are in another session, or have the image in their CACHE, need not be waited for in this one. */
  function expected(key: string, session: MulticastSession): OperationId[] {
    return inventory.operations.running()
      .filter((operation) => keyOf(operation) === key && (places.get(operation.id) ?? session) === session && !isCached(operation))
      .map(({ id }) => id)
  }

  function create(key: string, { computerId }: OperationRecord, task: RestoreTask | UpdateCacheTask): MulticastSession | undefined {
    const own = card()
    if (!own) return undefined
    const properties = propertiesOf(inventory.computers.get(computerId).classroomId, task)
    const taken = new Set([...open].map(({ session }) => session.network.port))
    const session: MulticastSession = new MulticastSession({
      manifest: task.manifest, revisions, repository, log, now, createSender,
      network: sessionNetwork(properties, own, taken),
      expected: () => expected(key, session),
      onOver: () => open.delete(entry),
    })
    const entry = { key, session }
    open.add(entry)
    return session
  }

  return {
    opened(operation, channel) {
      const { id, task } = operation
      const key = keyOf(operation)
      if (key === undefined || !byMulticast(task)) return
      const session = [...open].find((each) => each.key === key && each.session.takes)?.session ?? create(key, operation, task)
      if (!session) return
      places.set(id, session)
      session.enter(id, channel)
    },
    ended(id) {
      places.delete(id)
      for (const { session } of open) session.forget(id)
    },
    async stop() {
      await Promise.all([...open].map(({ session }) => session.stop()))
    },
  }
}

function isCached({ task }: OperationRecord): boolean {
  return readsRevision(task) && task.cached === true
}

function byMulticast(task: OperationRecord['task']): task is RestoreTask | UpdateCacheTask {
  return readsRevision(task) && (task.method === 'MULTICAST-DIRECT' || task.method === 'MULTICAST-CACHE')
}
