/**
 * The console's listeners. Each one starts and fails by itself: a taken port 69 must not keep the
 * technician from the inventory, and can be mended and tried again while the others work on.
 */
import type { ServiceView } from '#shared/contract/views.ts'
import { toErrorRecord, type ClonaulaError } from '#shared/domain/errors.ts'
import type { Log } from './log.ts'

export type ServiceName = ServiceView['name']

export interface Started {
  /** `address:port`, as shown. */
  listens: string
  /** What is in its way although it runs. */
  warning?: ClonaulaError | undefined
}

export interface Service {
  name: ServiceName
  /**
   * Starts listening.
   * @returns undefined when the settings leave it off
   * @throws ClonaulaError, or the system's own error
   */
  start(): Promise<Started | undefined>
  stop(): Promise<void>
}

export interface ServiceSet {
  views(): ServiceView[]
  startAll(): Promise<void>
  /** Stops and starts some again, e.g. after a port was freed. Never rejects: the views say how it went. */
  restart(...names: ServiceName[]): Promise<ServiceView[]>
  stopAll(): Promise<void>
}

export interface ServiceSetParts {
  log: Log
  /** What a failure to start means, and what a person can do about it. */
  explain: (error: unknown) => Promise<ClonaulaError>
  changed: (views: ServiceView[]) => void
}

/** Starts in the given order, stops in the opposite one. */
export function createServices(services: readonly Service[], { log, explain, changed }: ServiceSetParts): ServiceSet {
  const states = new Map<ServiceName, ServiceView>(
    services.map(({ name }) => [name, { name, state: 'stopped', listens: '' }]),
  )
  /** One change at a time: two clicks on "retry" must not start a service twice. */
  let turn: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work)
    turn = mine.catch(() => {})
    return mine
  }
  const views = (): ServiceView[] => [...states.values()]
  const set = (view: ServiceView): void => {
    states.set(view.name, view)
    changed(views())
  }
  async function start(service: Service): Promise<void> {
    try {
      const started = await service.start()
      if (!started) return set({ name: service.name, state: 'stopped', listens: '' })
      const { listens, warning } = started
      log.info({ service: service.name, listens, warning: warning?.message }, 'service started')
      return set({ name: service.name, state: 'running', listens, ...(warning && { problem: toErrorRecord(warning) }) })
    } catch (error) {
      const problem = toErrorRecord(await explain(error))
      log.error({ service: service.name, ...problem }, 'service could not start')
      return set({ name: service.name, state: 'failed', listens: '', problem })
    }
  }
  async function stop(service: Service): Promise<void> {
    if (states.get(service.name)?.state !== 'running') return
    try {
      await service.stop()
    } catch (error) {
      log.warn({ service: service.name, err: error }, 'service did not stop cleanly')
    }
    set({ name: service.name, state: 'stopped', listens: '' })
  }
  return {
    views,
    startAll: () => inTurn(async () => {
      for (const service of services) await start(service)
    }),
    restart: (...names) => inTurn(async () => {
      const chosen = services.filter(({ name }) => names.includes(name))
      for (const service of chosen.toReversed()) await stop(service)
      for (const service of chosen) await start(service)
      return views()
    }),
    stopAll: () => inTurn(async () => {
      for (const service of services.toReversed()) await stop(service)
    }),
  }
}
