import type { AgentCommand, RepositoryAccess } from '#shared/contract/agent.ts'
import type { HostName } from '#shared/domain/ids.ts'
import type { OperationTask } from './task.ts'

export interface CommandSurroundings {
  /** Made only when the task needs it: a token is issued with it. */
  repository: (need: { write: boolean }) => RepositoryAccess
  /** What the computer is called now. */
  hostName: HostName
}

/** What the agent is told, of what was asked for. */
export function agentCommand(task: OperationTask, { repository, hostName }: CommandSurroundings): AgentCommand {
  if (task.kind === 'capture') {
    const { source, mode, clean, shrink } = task
    return { kind: 'capture', source, mode, clean, shrink, repository: repository({ write: true }) }
  }
  if (task.kind !== 'restore') return { kind: task.kind }
  return {
    kind: 'restore',
    target: task.target,
    manifest: task.manifest,
    ...(task.volume === undefined ? {} : { volume: task.volume }),
    method: task.method,
    delta: task.delta,
    verify: task.verify,
    discard: task.discard,
    repository: repository({ write: false }),
    ...(task.postconfigure ? { hostName } : {}),
  }
}
