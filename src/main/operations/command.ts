import type { CacheOptions } from '#shared/contract/cache-commands.ts'
import type { AgentCommand, RepositoryAccess } from '#shared/contract/agent.ts'
import { isDirect, type MethodUse } from '#shared/domain/automatic-change.ts'
import { assertNever } from '#shared/domain/errors.ts'
import type { HostName } from '#shared/domain/ids.ts'
import type { OperationTask, RestoreTask, UpdateCacheTask } from './task.ts'

export interface CommandSurroundings {
  /** Made only when the task needs it: a token is issued with it. */
  repository: (need: { write: boolean }) => RepositoryAccess
  /** What the computer is called now. */
  hostName: HostName
}

/** What the agent is told, of what was asked for. */
export function agentCommand(task: OperationTask, surroundings: CommandSurroundings): AgentCommand {
  switch (task.kind) {
    case 'capture': {
      const { source, mode, clean, shrink } = task
      return { kind: 'capture', source, mode, clean, shrink, repository: surroundings.repository({ write: true }) }
    }
    case 'restore':
      return restoreCommand(task, surroundings)
    case 'updateCache': {
      const { manifest, method } = task
      return { kind: 'updateCache', manifest, method, repository: surroundings.repository({ write: false }), ...cacheOptions(task) }
    }
    case 'deleteCached':
      return { kind: 'deleteCached', manifest: task.manifest }
    case 'prepareCache':
    case 'formatCache':
    case 'restart':
    case 'shutdown':
      return task
    default:
      return assertNever(task)
  }
}

function restoreCommand(task: RestoreTask, { repository, hostName }: CommandSurroundings): AgentCommand {
  const { target, manifest, volume, method, delta, verify, discard, postconfigure } = task
  return {
    kind: 'restore',
    target,
    manifest,
    ...(volume === undefined ? {} : { volume }),
    method,
    delta,
    verify,
    discard,
    repository: repository({ write: false }),
    ...(isDirect(method) ? {} : { cache: cacheOptions(task) }),
    ...(postconfigure ? { hostName } : {}),
  }
}

function cacheOptions({ image, revision, makeRoom }: MethodUse & Pick<UpdateCacheTask, 'image' | 'revision'>): CacheOptions {
  return { image: { name: image, revision }, whenFull: makeRoom ?? 'NONE' }
}
