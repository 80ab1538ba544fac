/**
 * Keeps the screens' data in step with the console. Listening starts before the first read, and what
 * arrives meanwhile is applied after it: nothing that happens in between is missed.
 */
import type { Client } from '#shared/contract/rpc.ts'
import type { EventName } from '#shared/contract/views.ts'
import { byId } from './by-id.ts'
import { applyChanges, OPERATIONS_KEPT, staleAfter, type Change, type Stale } from './changes.ts'
import { useConsole, type ConsoleData } from './console-store.ts'

/** Changes wait this long for company: ten renders a second are as live as an eye can follow. */
const FLUSH_MS = 100

const EVENTS = [
  'tree.changed', 'computer.changed', 'computer.removed', 'pending.changed', 'operation.changed', 'images.changed', 'services.changed',
] as const satisfies readonly EventName[]

/** Returns what ends it. Data stay as they are: a reconnection shows the last known state meanwhile. */
export function keepInStep(client: Client): () => void {
  const waiting: Change[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let loaded = false
  let stopped = false

  const flush = (): void => {
    timer = undefined
    const changes = waiting.splice(0)
    useConsole.setState(applyChanges(useConsole.getState(), changes))
    for (const part of staleAfter(changes)) reload[part]()
  }
  const reload: Record<Stale, () => void> = {
    tree: latest(() => readTree(client), store),
    images: latest(() => readImages(client), store),
  }
  function store(data: Partial<ConsoleData>): void {
    if (!stopped) useConsole.setState(data)
  }

  const unsubscribe = EVENTS.map((event) =>
    client.on(event, (data) => {
      waiting.push({ event, data } as Change)
      if (loaded) timer ??= setTimeout(flush, FLUSH_MS)
    }),
  )
  readAll(client).then(
    (data) => {
      store(data)
      loaded = true
      if (!stopped) flush()
    },
    // The connection went while reading: the next one reads again.
    () => undefined,
  )
  return () => {
    stopped = true
    clearTimeout(timer)
    for (const off of unsubscribe) off()
  }
}

/** Runs `read` once at a time; being asked again meanwhile means one more run, not one for each. */
function latest<T>(read: () => Promise<T>, use: (value: T) => void): () => void {
  let running = false
  let again = false
  return function run() {
    again = running
    if (running) return
    running = true
    read()
      .then(use, () => undefined)
      .finally(() => {
        running = false
        if (again) run()
      })
  }
}

async function readTree(client: Client): Promise<Partial<ConsoleData>> {
  const [sites, classrooms, groups, computers] = await Promise.all([
    client.call('sites.list', {}),
    client.call('classrooms.list', {}),
    client.call('groups.list', {}),
    client.call('computers.list', {}),
  ])
  return { sites, classrooms, groups, computers: byId(computers) }
}

async function readImages(client: Client): Promise<Partial<ConsoleData>> {
  const [images, trash] = await Promise.all([client.call('images.list', {}), client.call('trash.list', {})])
  return { images, trash }
}

async function readAll(client: Client): Promise<Partial<ConsoleData>> {
  const [info, tree, images, pending, operations] = await Promise.all([
    client.call('console.info', {}),
    readTree(client),
    readImages(client),
    client.call('pending.list', {}),
    client.call('operations.list', { limit: OPERATIONS_KEPT }),
  ])
  return { ...tree, ...images, info, services: info.services, pending, operations: byId(operations), loaded: true }
}
