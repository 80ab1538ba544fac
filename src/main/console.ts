/**
 * The console without its doors: inventory, agents' rules and operations behind the contract's calls.
 * `core.ts` gives it a link to the agents and opens the doors in front of it.
 */
import type { Handlers, Subscribe } from '#shared/contract/rpc.ts'
import type { BootEvent } from '#shared/domain/computer.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { AgentLink, AgentRules } from './agents/link.ts'
import type { Inventory } from './inventory/index.ts'
import type { Clock } from './operations/clock.ts'
import type { EventBus } from './operations/event-bus.ts'
import type { Log } from './platform/log.ts'
import type { RepositoryAuthority } from './repository/access.ts'
import type { ReadRevision } from './repository/revision.ts'
import type { CallDependencies } from './rpc/handlers/dependencies.ts'

export interface ConsoleParts {
  inventory: Inventory
  /** The gateway, which in turn is made with this console's `rules`: give it as an object that looks it up late. */
  link: AgentLink
  readRevision: ReadRevision
  /** Where agents reach the repository, e.g. `http://192.168.7.1:7400/repository`. */
  repositoryUrl: () => string
  language: () => Language
  calls: CallDependencies
  log: Log
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
  /** For the repository's HTTP handler. */
  access: RepositoryAuthority
  /** The boot services saw a computer take a step: kept, shown, and told to every door. */
  bootEvent(event: BootEvent): void
  /** Stops waiting for anything. What runs stays `running` in the inventory, to be taken up by the next start. */
  stop(): void
}
