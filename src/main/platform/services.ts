/**
 * The console's listeners. Each one starts and fails by itself: a taken port 69 must not keep the
 * technician from the inventory, and can be mended and tried again while the others work on.
 */
import type { ServiceView } from '#shared/contract/views.ts'
import type { Log } from './log.ts'

export type ServiceName = ServiceView['name']
export type ServiceProblem = NonNullable<ServiceView['problem']>

export interface Service {
  name: ServiceName
  /**
   * Starts listening.
   * @returns `address:port`, as shown; undefined when the settings leave it off
   * @throws ServiceDown, or the system's own error
   */
  start(): Promise<string | undefined>
  stop(): Promise<void>
}

/** Why a service cannot start, when it is not the operating system that says so. */
export class ServiceDown extends Error {
  override readonly name = 'ServiceDown'
  readonly problem: ServiceProblem

  constructor(problem: ServiceProblem, options?: ErrorOptions) {
    super(problem.detail, options)
    this.problem = problem
  }
}

const REASONS: Readonly<Record<string, ServiceProblem['reason']>> = {
  EADDRINUSE: 'port-taken',
  EACCES: 'not-permitted',
  EPERM: 'not-permitted',
  EADDRNOTAVAIL: 'no-address',
}

/** What the system says when a socket cannot be had, as the screens show it. */
export function problemOf(error: unknown): ServiceProblem {
  if (error instanceof ServiceDown) return error.problem
  const { code, port, message } = error as Partial<NodeJS.ErrnoException & { port: number }>
  return { reason: REASONS[code ?? ''] ?? 'other', port: port ?? 0, detail: message ?? String(error) }
}

export interface ServiceSet {
  views(): ServiceView[]
  startAll(): Promise<void>
  /** Stops and starts some again, e.g. after a port was freed. Never rejects: the views say how it went. */
  restart(...names: ServiceName[]): Promise<ServiceView[]>
  stopAll(): Promise<void>
}

/** Starts in the given order, stops in the opposite one. */
export function createServices(
  services: readonly Service[], log: Log, changed: (views: ServiceView[]) => void,
): ServiceSet {
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
      const listens = await service.start()
      if (listens === undefined) return set({ name: service.name, state: 'stopped', listens: '' })
      log.info({ service: service.name, listens }, 'service started')
      return set({ name: service.name, state: 'running', listens })
    } catch (error) {
      const problem = problemOf(error)
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
