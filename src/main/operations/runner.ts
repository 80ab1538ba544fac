/**
 * Runs what is in the inventory: one operation at a time on each computer, the next one when it ends. Agents,
 * cables and this console itself may go away at any moment, so every wait has an end, and every ending is
 * written before anything else follows from it.
 */
import type { AgentCommand, Outcome } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId, MacAddress, OperationId } from '#shared/domain/ids.ts'
import { isFinished } from '#shared/domain/operation.ts'
import type { Progress } from '#shared/domain/progress.ts'
import { RESULT, type ResultName } from '#shared/domain/result-codes.ts'
import { connectedCard, type AgentLink, type Hello, type Report } from '../agents/link.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Ending, OperationRecord } from '../inventory/operations.ts'
import type { RepositoryAccess } from '../repository/access.ts'
import type { Curator } from '../repository/curator.ts'
import type { TransferHub } from '../transfer/hub.ts'
import type { Announcer } from './announcer.ts'
import type { CaptureSettlement } from './capture-settlement.ts'
import { agentCommand } from './command.ts'
import type { LiveProgress } from './live-progress.ts'
import { endingOf, errorEnding } from './outcome.ts'
import { areOfOneDeployment, isPower, makesRevision } from './task.ts'

/** Milliseconds that an agent has to come back to what it was doing: a switch restarts in a minute. */
export const AGENT_GRACE = 90_000
/** An agent that is back without its operation has this long to say how it ended. */
export const OUTCOME_GRACE = 10_000
/** An agent that was told to cancel stops what it writes, and unmounts; it has longer while it says what it does. */
export const CANCEL_GRACE = 30_000
/** What waits for a computer that does not come is given up: nobody wants it to be erased next week. */
export const QUEUE_PATIENCE = 10 * 60_000

export interface Runner {
  /** Takes up what ran when the console was last stopped. */
  resume(): void
  /** Starts the next operation of each computer that can start one now. */
  dispatch(...computers: ComputerId[]): void
  /** Ends an operation that is not to run. What waits behind it starts with the next `dispatch`. */
  refuse(operation: OperationRecord, reason: ClonaulaError): void
  /**
   * Ends it now if no agent has it; otherwise when the agent has stopped. With it go the commands of the same deployment that wait
   * behind it on its computer. Nothing happens to what is over.
   */
  cancel(operation: OperationId, who: string): void
  /** An agent has said hello and knows who it is. */
  arrived(computer: ComputerId, hello: Hello): void
  left(computer: ComputerId): void
  report(computer: ComputerId, mac: MacAddress, report: Exclude<Report, { type: 'inventory' }>): void
  /** Looks at the clock. */
  tick(): void
}

export interface RunnerParts {
  inventory: Inventory
  link: AgentLink
  access: RepositoryAccess
  repositoryUrl: () => string
  live: LiveProgress
  announce: Announcer
  settlement: CaptureSettlement
  curator: Pick<Curator, 'captured'>
  transfers: TransferHub
  now: () => number
}

/** How a running operation ends when its agent is not heard before then. */
interface Deadline { at: number; result: ResultName; cancelledBy?: string }

export function createRunner(parts: RunnerParts): Runner {
  const { inventory, link, access, live, announce, settlement, curator, transfers, now } = parts
  const { operations, computers } = inventory
  const deadlines = new Map<OperationId, Deadline>()
  /** Computers that something waits for and that are not there, and since when. */
  const absent = new Map<ComputerId, number>()

  const agentOf = (computer: ComputerId): MacAddress | undefined =>
    connectedCard(link, computers.find(computer)?.macs ?? [])

  function finish(operation: OperationRecord, ending: Ending, within?: () => void): void {
    if (conclude(operation, ending, within)) dispatch(operation.computerId)
  }

  /** As `finish`, and what waits next still waits: it may be about to end too. @returns false: it was over already */
  function conclude(operation: OperationRecord, ending: Ending, within?: () => void): boolean {
    const { id, computerId } = operation
    const { progress } = live.view(id)
    const ended = inventory.atomically(() => {
      if (!operations.finish(id, { ...ending, progress })) return undefined
      access.end(id)
      within?.()
      return { next: ending.state === 'succeeded' ? follow(operation) : undefined }
    })
    live.end(id)
    deadlines.delete(id)
    transfers.ended(id)
    if (!ended) return false
    announce.operation(id)
    if (makesRevision(operation.task)) curator.captured()
    if (ended.next) announce.operation(ended.next.id)
    announce.computer(computerId)
    return true
  }

  /** A restored system that is to be started starts now and from now on: the boot mode says so, for all to see. */
  function follow({ task, computerId, computerName, requestedBy }: OperationRecord): OperationRecord | undefined {
    if (task.kind !== 'restore' || !task.restart) return undefined
    computers.update(computerId, { bootMode: 'disk' })
    return operations.create({ computerId, computerName, requestedBy, task: { kind: 'restart' } })
  }

  function end(operation: OperationRecord, result: ResultName, params = {}): void {
    const seconds = operation.startedAt === undefined ? 0 : (now() - operation.startedAt) / 1000
    finish(operation, errorEnding(new ClonaulaError(result, result, params), seconds))
  }

  /** A cancellation is never put off: its agent had its time from when it was told. */
  function expect(operation: OperationRecord, milliseconds: number, result: ResultName): void {
    if (deadlines.get(operation.id)?.cancelledBy !== undefined) return
    deadlines.set(operation.id, { at: now() + milliseconds, result })
  }

  /** A cancelled agent that is still at it brings a source back to its size, which may take minutes: only silence ends its time. */
  function heard({ id }: OperationRecord, progress: Progress): void {
    live.heard(id, progress)
    const deadline = deadlines.get(id)
    if (deadline?.cancelledBy !== undefined) deadline.at = now() + CANCEL_GRACE
  }

  /** All are written at once, then sent: a room's orders wait for the disk only once. */
  function dispatch(...ids: ComputerId[]): void {
    const ready = ids.filter(canStart)
    if (ready.length === 0) return
    const started = inventory.atomically(() => ready.map(start))
    for (const { operation, command } of started) {
      live.begin(operation.id)
      send(operation, command)
      announce.operation(operation.id)
      announce.computer(operation.computerId)
    }
  }

  function canStart(computerId: ComputerId): boolean {
    const [next] = operations.queued(computerId)
    if (!next || operations.runningOn(computerId)) return false
    const computer = computers.find(computerId)
    if (computer && !computer.maintenance) return agentOf(computerId) !== undefined
    if (computer) end(next, 'maintenance')
    else end(next, 'notFound', { what: next.computerName })
    return false
  }

  function start(computerId: ComputerId): { operation: OperationRecord; command: AgentCommand } {
    const operation = operations.startNext(computerId)
    return { operation, command: commandOf(operation) }
  }

  /** Each time with a new token: of the ones before, only hashes are left. */
  function commandOf({ id, task, computerId }: OperationRecord): AgentCommand {
    return agentCommand(task, {
      repository: (need) => ({ url: parts.repositoryUrl(), token: access.issue(id, need) }),
      hostName: computers.get(computerId).name,
    })
  }

  /** An order that gets lost is sent again when its agent is back and says that it does not have it. */
  function send({ id, computerId }: OperationRecord, command: AgentCommand): void {
    const mac = agentOf(computerId)
    if (mac !== undefined) link.send(mac, { type: 'run', operation: id, command })
  }

  /** What the console believes to run meets what the agent says. */
  function takeUp(operation: OperationRecord, hello: Hello): void {
    const { id } = operation
    if (deadlines.get(id)?.cancelledBy !== undefined) {
      link.send(hello.mac, { type: 'cancel', operation: id })
      return
    }
    deadlines.delete(id)
    if (settlement.busy(id)) return
    if (hello.running.includes(id)) operations.confirm(id)
    // A token is of a new boot: the agent that had the operation is no more. To restart was just that.
    else if (hello.token !== undefined) end(operation, isPower(operation.task) ? 'ok' : 'agentLost')
    // It had it, so it has finished it, and says so next; unless its process died over it.
    else if (operation.confirmedAt !== undefined) expect(operation, OUTCOME_GRACE, 'agentLost')
    else send(operation, commandOf(operation))
  }

  function done(computer: ComputerId, mac: MacAddress, id: OperationId, outcome: Outcome): void {
    const operation = operations.find(id)
    const acknowledge = (): void => void link.send(mac, { type: 'ack', operation: id })
    if (operation?.computerId !== computer || operation.state !== 'running') {
      // Of another time: the agent may forget it.
      acknowledge()
    } else if (makesRevision(operation.task) && outcome.code === RESULT.ok) {
      settlement.settle(operation, operation.task, outcome, (ending, within) => {
        finish(operation, ending, within)
        acknowledge()
      })
    } else {
      const who = deadlines.get(id)?.cancelledBy
      const named = outcome.code === RESULT.cancelled && who !== undefined
      finish(operation, endingOf(named ? { ...outcome, params: { ...outcome.params, who } } : outcome))
      acknowledge()
    }
  }

  /** Of its computer. Whoever cancels a command does not want the next one to erase what this one has left alone. */
  function restOfDeployment({ id, computerId, task }: OperationRecord): OperationRecord[] {
    return operations.queued(computerId).filter((each) => each.id > id && areOfOneDeployment(each.task, task))
  }

  function giveUpWaiting(computer: ComputerId): void {
    if (operations.runningOn(computer) || agentOf(computer) !== undefined) {
      absent.delete(computer)
      return
    }
    const since = absent.get(computer) ?? now()
    absent.set(computer, since)
    if (since + QUEUE_PATIENCE > now()) return
    absent.delete(computer)
    for (const operation of operations.queued(computer)) end(operation, 'agentLost')
  }

  return {
    resume() {
      for (const operation of operations.running()) {
        live.begin(operation.id)
        expect(operation, AGENT_GRACE, 'consoleStopped')
      }
    },
    dispatch,
    refuse: (operation, reason) => void conclude(operation, errorEnding(reason, 0)),
    cancel(id, who) {
      const operation = operations.get(id)
      if (isFinished(operation.state)) return
      for (const next of restOfDeployment(operation)) conclude(next, errorEnding(new ClonaulaError('cancelled', 'cancelled', { who }), 0))
      const mac = operation.state === 'running' ? agentOf(operation.computerId) : undefined
      if (mac !== undefined && link.send(mac, { type: 'cancel', operation: id })) {
        deadlines.set(id, { at: now() + CANCEL_GRACE, result: 'cancelled', cancelledBy: who })
      } else {
        end(operation, 'cancelled', { who })
      }
    },
    arrived(computer, hello) {
      const operation = operations.runningOn(computer)
      // A new connection: whatever was said on the one before is over.
      if (operation) transfers.left(operation.id)
      for (const id of hello.running) {
        if (id !== operation?.id) link.send(hello.mac, { type: 'cancel', operation: id })
      }
      if (operation) takeUp(operation, hello)
      else dispatch(computer)
    },
    left(computer) {
      const operation = operations.runningOn(computer)
      if (!operation) return
      transfers.left(operation.id)
      if (settlement.busy(operation.id)) return
      // A computer that was told to shut down and is gone has done so.
      expect(operation, AGENT_GRACE, operation.task.kind === 'shutdown' ? 'ok' : 'agentLost')
    },
    report(computer, mac, report) {
      if (report.type === 'done') {
        done(computer, mac, report.operation, report.outcome)
        return
      }
      const operation = operations.runningOn(computer)
      if (!operation || (report.operation ?? operation.id) !== operation.id) return
      if (operation.confirmedAt === undefined) operations.confirm(operation.id)
      if (report.type === 'progress') heard(operation, report.progress)
      else if (report.type === 'transfer') transfers.hear(operation, report)
      else announce.log(inventory.operationLogs.add(operation.id, report.lines))
    },
    tick() {
      for (const [id, { at, result, cancelledBy: who }] of deadlines) {
        if (at <= now()) end(operations.get(id), result, who === undefined ? {} : { who })
      }
      for (const computer of operations.queues()) {
        dispatch(computer)
        giveUpWaiting(computer)
      }
      for (const id of live.takeChanged()) announce.operation(id)
    },
  }
}
