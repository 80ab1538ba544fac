/** Deployments: commands as technicians write them, planned for each computer, and started as the plan showed them. */
import { createHash } from 'node:crypto'
import type { CallArgs } from '#shared/contract/console.ts'
import type { ComputerView, DeployPlan, DeployPlanRow, OperationView, RestorePlanRow } from '#shared/contract/views.ts'
import type { EngineRules, MethodUse } from '#shared/domain/automatic-change.ts'
import { methodOf, type DeployCommand, type DeployImage } from '#shared/domain/deploy/deploy-command.ts'
import { decodeDeployment, encodeCommand } from '#shared/domain/deploy/deploy-text.ts'
import type { DiskTarget } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ComputerId, Sha256Hex } from '#shared/domain/ids.ts'
import { isDirect } from '#shared/domain/method.ts'
import { planCacheUpdate, planRestore } from '#shared/domain/restore-plan.ts'
import type { WriteOptions } from '#shared/domain/restore-options.ts'
import type { TransferLimits } from '#shared/domain/transfer-limits.ts'
import type { Inventory } from '../inventory/index.ts'
import type { Curator } from '../repository/curator.ts'
import { cacheRoom, chooseRevision, type ChosenImage } from './chosen-image.ts'
import { createEstimates } from './estimates.ts'
import type { Order, Orders } from './orders.ts'
import type { OperationTask } from './task.ts'
import type { Views } from './views.ts'

export interface DeployRequests {
  /** @throws `deployCommand` · `notFound` no such image, revision or computer */
  plan(request: CallArgs<'deploy.plan'>): DeployPlan
  /** @throws as `plan` · `planChanged` · `locked` the trash is being emptied */
  start(request: CallArgs<'deploy.start'>, who: string): OperationView[]
}

export interface DeployRequestParts {
  inventory: Inventory
  views: Views
  orders: Orders
  curator: Pick<Curator, 'checkOpen'>
  /** For the sake of the rule that a deployment does not follow them. */
  rules: () => EngineRules
  limits: () => TransferLimits
}

/** A command, and what it would do on each computer. */
interface Step {
  command: DeployCommand
  image: ChosenImage
  rows: RestorePlanRow[]
}

export function createDeployRequests({ inventory, views, orders, curator, rules, limits }: DeployRequestParts): DeployRequests {
  const withEstimates = createEstimates({ inventory, views, limits })

  /** In the order in which they run: a command finds the CACHE as those before it leave it. */
  function stepsOf({ computers: ids, commands }: CallArgs<'deploy.plan'>): Step[] {
    let computers = [...new Set(ids)].map((id) => views.computer(id))
    return decodeDeployment(commands).map((command) => {
      const image = chooseRevision(inventory.images.named(command.image.name), command.image.revision)
      const rows = computers.map((computer) => rowOf(computer, command, image))
      computers = computers.map((computer, at) => leftBy(computer, image, rows[at]))
      return { command, image, rows }
    })
  }

  function rowOf(computer: ComputerView, command: DeployCommand, image: ChosenImage): RestorePlanRow {
    const room = () => cacheRoom(inventory, computer, image.revision.manifest)
    const deploy = { command: 'deploy', rules: rules() } as const
    if (command.kind === 'updateCache') return planCacheUpdate(computer, methodOf(command.transfer), { ...deploy, cache: room() })
    const method = methodOf(command.transfer)
    const { target, image: { volume } } = command
    return planRestore(computer, image, { target, volume, method }, { ...deploy, cache: isDirect(method) ? undefined : room() })
  }

  function withInstalled(rows: readonly RestorePlanRow[], target: DiskTarget): DeployPlanRow[] {
    const images = new Map(inventory.images.list().map(({ name, revisions }) => [name, revisions]))
    return rows.map((row) => {
      const installed = inventory.installed.find(row.computerId, target)
      if (!installed) return row
      const behind = images.get(installed.image)?.filter(({ number }) => number > installed.revision).length
      return { ...row, installed: { ...installed, ...(behind !== undefined && { behind }) } }
    })
  }

  /**
   * A hash of what is asked for, of what would come of it, and of the last order that each computer has, which makes it another one
   * as soon as this is started. How long it takes and how much is free do not matter.
   */
  function planOf({ computers, ...asked }: CallArgs<'deploy.plan'>, steps: readonly Step[]): Sha256Hex {
    const orders = computers.map((id) => inventory.operations.list(id, 1)[0]?.id)
    const effects = steps.map(({ image: { revision }, rows }) => [
      revision.manifest, rows.map(({ computerId, erases, use, refusal }) => [computerId, erases, use, refusal?.result]),
    ])
    return createHash('sha256').update(JSON.stringify([asked, orders, effects])).digest('hex')
  }

  /** What an earlier command is to bring may still have to come over the network: only what is there already is `cached`. */
  function useNow({ computerId, use }: RestorePlanRow, { revision }: ChosenImage): MethodUse | undefined {
    if (!use?.cached || cacheRoom(inventory, views.computer(computerId), revision.manifest)?.missing === 0) return use
    const { cached: _, ...withTransfer } = use
    return withTransfer
  }

  return {
    plan(request) {
      const steps = stepsOf(request)
      return {
        plan: planOf(request, steps),
        commands: steps.map(({ command, image: { name, revision }, rows }) => {
          const estimated = withEstimates(rows, revision, command.options)
          return {
            text: encodeCommand(command), kind: command.kind, image: name, revision: revision.number,
            rows: command.kind === 'updateCache' ? estimated : withInstalled(estimated, command.target),
          }
        }),
      }
    },
    start({ plan, ...request }, who) {
      curator.checkOpen()
      const steps = stepsOf(request)
      if (planOf(request, steps) !== plan) throw new ClonaulaError('planChanged', 'the deployment is not what was planned')
      return orders.launch(steps.flatMap((step) => step.rows.map((row): Order => ({
        computer: row.computerId,
        task: taskOf(step, useNow(row, step.image), { ...request, plan, isLast: step === lastRestore(steps, row.computerId) }),
        refusal: row.refusal && new ClonaulaError(row.refusal.result, 'refused by the plan', row.refusal.params),
      }))), who)
    },
  }
}

/** `isLast`: nothing is restored on its computer behind it. */
type HowToRun = WriteOptions & Pick<CallArgs<'deploy.start'>, 'plan'> & { isLast: boolean }

/** The last one that restores something on a computer. */
function lastRestore(steps: readonly Step[], computer: ComputerId): Step | undefined {
  return steps.findLast(({ command, rows }) => command.kind === 'deployImage' && rows.some(({ computerId, ok }) => ok && computerId === computer))
}

function taskOf({ command, image }: Step, use: MethodUse | undefined, { plan: id, isLast, delta, verify, discard, postconfigure, restart }: HowToRun): OperationTask {
  const { name, revision: { number: revision, manifest } } = image
  const common = { image: name, revision, manifest, deployment: { id, command: encodeCommand(command), options: command.options, restart } }
  if (command.kind === 'updateCache') return { kind: 'updateCache', ...common, ...use, method: methodOf(command.transfer) }
  return {
    kind: 'restore', ...common, target: command.target, ...volumeOf(command), method: methodOf(command.transfer), ...use,
    delta, verify, discard, postconfigure, restart: restart && isLast,
  }
}

function volumeOf({ image: { volume } }: DeployImage): { volume?: number } {
  return volume === undefined ? {} : { volume }
}

/** A computer as a command leaves its CACHE. */
function leftBy(computer: ComputerView, { name, revision: { number, manifest } }: ChosenImage, row: RestorePlanRow | undefined): ComputerView {
  const { hardware } = computer
  if (hardware && row?.losesCache) return { ...computer, hardware: { ...hardware, cache: undefined } }
  if (!hardware?.cache || !row?.use || isDirect(row.use.method) || !row.cache) return computer
  const { cache } = hardware
  const { missing, image: bytes } = row.cache
  const brought = { manifest, name, revision: number, bytes, usedAt: 0, unpublished: false }
  return { ...computer, hardware: { ...hardware, cache: { ...cache, free: cache.free - missing, images: [...cache.images, brought] } } }
}
