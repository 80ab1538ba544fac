import type { CacheOptions } from '#shared/contract/cache-commands.ts'
import type { AgentCommand, RepositoryAccess } from '#shared/contract/agent.ts'
import { transferOf } from '#shared/domain/deploy/deploy-command.ts'
import { encodeTransfer } from '#shared/domain/deploy/option-text.ts'
import { assertNever } from '#shared/domain/errors.ts'
import type { HostName } from '#shared/domain/ids.ts'
import { isDirect } from '#shared/domain/method.ts'
import type { TokenRights } from '../inventory/access-tokens.ts'
import type { CaptureTask, OperationTask, RestoreTask, UpdateCacheTask } from './task.ts'

export interface CommandSurroundings {
  /** Made only when the task needs it: a token is issued with it. */
  repository: (need: TokenRights) => RepositoryAccess
  /** What the computer is called now. */
  hostName: HostName
}

const READS: TokenRights = { read: true, write: false }

/** What the agent is told, of what was asked for. */
export function agentCommand(task: OperationTask, surroundings: CommandSurroundings): AgentCommand {
  switch (task.kind) {
    case 'capture':
      return captureCommand(task, surroundings)
    case 'restore':
      return restoreCommand(task, surroundings)
    case 'updateCache': {
      const { manifest, method } = task
      return { kind: 'updateCache', ...orderOf(task), manifest, method, repository: surroundings.repository(READS), ...cacheOptions(task) }
    }
    case 'publishCached':
      return { kind: 'publishCached', manifest: task.manifest, repository: surroundings.repository({ read: true, write: true }) }
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

/** One into the CACHE is told where the repository is, and may do nothing there. */
function captureCommand({ source, mode, clean, shrink, image, intoCache }: CaptureTask, { repository }: CommandSurroundings): AgentCommand {
  return {
    kind: 'capture', source, mode, clean, shrink, ...(intoCache && { intoCache: { name: image } }), repository: repository({ read: false, write: !intoCache }),
  }
}

function restoreCommand(task: RestoreTask, { repository, hostName }: CommandSurroundings): AgentCommand {
  const { target, image: name, manifest, volume, method, delta, verify, discard, postconfigure } = task
  return {
    kind: 'restore',
    ...orderOf(task),
    name,
    target,
    manifest,
    ...(volume === undefined ? {} : { volume }),
    method,
    delta,
    verify,
    discard,
    repository: repository(READS),
    ...(isDirect(method) ? {} : { cache: cacheOptions(task) }),
    ...(postconfigure ? { hostName } : {}),
  }
}

function orderOf({ deployment }: RestoreTask | UpdateCacheTask): { order?: string } {
  return deployment ? { order: deployment.command } : {}
}

function cacheOptions({ image, revision, makeRoom, method, deployment }: RestoreTask | UpdateCacheTask): CacheOptions {
  const protocol = deployment && encodeTransfer(transferOf(method), deployment.options)
  return { image: { name: image, revision }, whenFull: makeRoom ?? 'NONE', ...(protocol !== undefined && { protocol }) }
}
