/**
 * The console without its doors: inventory, agents' rules and operations behind the contract's calls.
 * `core.ts` gives it a link to the agents and opens the doors in front of it.
 */
import type { Handlers, Subscribe } from '#shared/contract/rpc.ts'
import type { TransferMessage } from '#shared/contract/transfer-channel.ts'
import type { EngineRules } from '#shared/domain/automatic-change.ts'
import type { BootEvent } from '#shared/domain/computer.ts'
import type { TransferLimits } from '#shared/domain/transfer-limits.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import type { Language } from '#shared/i18n/index.ts'
import { connectedCard, type AgentLink, type AgentRules } from './agents/link.ts'
import { createPending } from './agents/pending.ts'
import { createPresence } from './agents/presence.ts'
import { createRateLimit } from './boot/rate-limit.ts'
import { createRules } from './agents/rules.ts'
import type { Inventory } from './inventory/index.ts'
import { createAnnouncer } from './operations/announcer.ts'
import { createCacheRequests } from './operations/cache-requests.ts'
import { createCaptureSettlement } from './operations/capture-settlement.ts'
import { systemClock, type Clock } from './operations/clock.ts'
import { createDeployRequests } from './operations/deploy-requests.ts'
import { createEventBus, type EventBus } from './operations/event-bus.ts'
import { createLiveProgress } from './operations/live-progress.ts'
import { createOrders } from './operations/orders.ts'
import { createRequests } from './operations/requests.ts'
import { createRunner } from './operations/runner.ts'
import { createViews } from './operations/views.ts'
import type { Log } from './platform/log.ts'
import { createRepositoryAccess, type RepositoryAccess } from './repository/access.ts'
import { createCurator } from './repository/curator.ts'
import type { Revisions } from './repository/revision.ts'
import { audited } from './rpc/handlers/audited.ts'
import { cacheHandlers } from './rpc/handlers/cache.ts'
import { computerHandlers } from './rpc/handlers/computers.ts'
import type { CallDependencies } from './rpc/handlers/dependencies.ts'
import { deployHandlers } from './rpc/handlers/deploy.ts'
import { imageHandlers } from './rpc/handlers/images.ts'
import { operationHandlers } from './rpc/handlers/operations.ts'
import { peopleHandlers } from './rpc/handlers/people.ts'
import { createRemoveComputers } from './rpc/handlers/remove-computers.ts'
import { treeHandlers } from './rpc/handlers/tree.ts'
import { createTransferHub, type TransferServices } from './transfer/hub.ts'

/** How often the clock is looked at: it bounds the progress events of an operation to two a second. */
const TICK = 500
/** How often the repository is looked at for what others did to it: some `stat` calls. */
const FOLLOW = 5000

/**
 * Steps of boots that are kept and told, of one card and of all. A room that is switched on at once takes a dozen steps a
 * computer in half a minute; a stranger can make up thousands a second, each a row in the inventory and a message to every screen.
 */
const STEPS_OF_ONE = { burst: 100, perMinute: 60 }
const STEPS_OF_ALL = { burst: 2000, perMinute: 3000 }

export interface ConsoleParts {
  /** Opened with this console's clock, and closed by whoever opened it, after `stop`. */
  inventory: Inventory
  /** The gateway, which in turn is made with this console's `rules`: give it as an object that looks it up late. */
  link: AgentLink
  /** `revisionsOf(localRepository)` */
  revisions: Revisions
  /** Where agents reach the repository, e.g. `http://192.168.7.1:7400/repository`. */
  repositoryUrl: () => string
  language: () => Language
  /** The console's part of ways of transfer that need one. */
  transfers?: TransferServices
  calls: CallDependencies
  log: Pick<Log, 'warn'>
  /** The system's by default. */
  clock?: Clock
}

export interface Console {
  /** For the agents' gateway. */
  rules: AgentRules
  /** For the doors. */
  handlers: Handlers
  subscribe: Subscribe
  /** For what changes outside of the inventory: `services.changed`. */
  emit: EventBus['emit']
  /** For the repository's HTTP handler: its `authorize`. */
  access: Pick<RepositoryAccess, 'authorize'>
  /** The boot services saw a computer take a step: kept, shown, and told to every door. */
  bootEvent(event: BootEvent): void
  /** Stops waiting for anything. What runs stays `running` in the inventory, to be taken up by the next start. */
  stop(): void
}

export function createConsole({ clock = systemClock, ...parts }: ConsoleParts): Console {
  const { inventory, link, log, revisions, calls, language, repositoryUrl } = parts
  const now = (): number => clock.now()
  const bus = createEventBus(log)
  const presence = createPresence(now)
  const stepsOfOne = createRateLimit(STEPS_OF_ONE, now)
  const stepsOfAll = createRateLimit(STEPS_OF_ALL, now)
  const pending = createPending(now)
  const live = createLiveProgress(now)
  const views = createViews(inventory, presence, live)
  const announce = createAnnouncer(bus, views, inventory, pending)
  const access = createRepositoryAccess(inventory.accessTokens, inventory.publishedManifests)
  const curator = createCurator({ inventory, revisions, announce, log })
  const settlement = createCaptureSettlement({ inventory, revisions, announce, log })
  const transfers = createTransferHub({
    send: (message) => sendToAgent(message),
    services: parts.transfers ?? {},
  })
  const runner = createRunner({ inventory, link, access, repositoryUrl, live, announce, settlement, curator, transfers, now })
  const removeComputers = createRemoveComputers({ inventory, link, pending, runner, announce })
  const orders = createOrders({ inventory, runner, views, announce })
  const rules = (): EngineRules => calls.info().engine
  const limits = (): TransferLimits => calls.info().transfers
  const requests = createRequests({ inventory, runner, views, orders, curator, rules, limits })
  const deployRequests = createDeployRequests({ inventory, views, orders, curator, rules, limits })
  const cacheRequests = createCacheRequests({ inventory, views, orders, curator, rules })

  /** To the agent that runs an operation, if it is there. */
  function sendToAgent(message: TransferMessage): void {
    const operation = inventory.operations.find(message.operation)
    const computer = operation && inventory.computers.find(operation.computerId)
    const mac = connectedCard(link, computer?.macs ?? [])
    if (mac !== undefined) link.send(mac, message)
  }
  function announceOwner(mac: MacAddress): void {
    const computer = inventory.computers.idByMac(mac)
    if (computer !== undefined) announce.computer(computer)
  }
  function tick(): void {
    runner.tick()
    for (const mac of presence.expire()) announceOwner(mac)
    pending.expire()
    if (pending.takeChanged()) announce.pending()
  }
  runner.resume()
  const stopTicking = clock.every(TICK, tick)
  const stopFollowing = clock.every(FOLLOW, () => {
    curator.follow().catch((error: unknown) => log.warn({ err: error }, 'repository cannot be looked at'))
  })
  const handlers: Handlers = {
    'console.info': () => calls.info(),
    'services.restart': ({ name }) => calls.restartService(name),
    'network.examine': ({ long }) => calls.examineNetwork(long),
    'console.setLanguage': ({ language: chosen }) => {
      calls.setLanguage(chosen)
      return calls.info()
    },
    'console.setEngine': (chosen) => {
      calls.setEngine(chosen)
      return calls.info()
    },
    'console.setTransfers': (chosen) => {
      calls.setTransfers(chosen)
      return calls.info()
    },
    ...treeHandlers({ inventory, announce, removeComputers, now }),
    ...computerHandlers({ inventory, link, pending, announce, removeComputers, views, timeline: calls.timeline }),
    ...operationHandlers({ inventory, requests, views, wake: calls.wake }),
    ...deployHandlers(deployRequests),
    ...cacheHandlers(cacheRequests),
    ...imageHandlers(inventory.images, requests, curator),
    ...peopleHandlers(calls.users, inventory.audit),
  }
  return {
    rules: createRules({ inventory, link, presence, pending, runner, announce, language }),
    handlers: audited(handlers, inventory.audit),
    subscribe: bus.subscribe,
    emit: bus.emit,
    access,
    bootEvent(event) {
      if (!stepsOfOne.allow(event.mac) || !stepsOfAll.allow('')) return
      inventory.bootEvents.add(event)
      presence.booted(event)
      bus.emit('boot.event', event)
      announceOwner(event.mac)
    },
    stop() {
      stopTicking()
      stopFollowing()
      settlement.stop()
    },
  }
}
