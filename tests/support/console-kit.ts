/** A whole console in memory, with agents and a clock that the test moves. */
import type { AgentCommand, AgentMessage, ConsoleMessage, Outcome } from '#shared/contract/agent.ts'
import { calls, type CallArgs, type CallInput, type CallName, type CallResult } from '#shared/contract/console.ts'
import type { EventName, Events } from '#shared/contract/views.ts'
import { EngineRules } from '#shared/domain/automatic-change.ts'
import type { Hardware } from '#shared/domain/computer.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { OperationId, Sha256Hex, type MacAddress } from '#shared/domain/ids.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { Figures } from '#shared/domain/operation.ts'
import type { ImageRef } from '#image/index.ts'
import type { ManifestFacts } from '#shared/formats/manifest-facts.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { AgentLink, Report, Welcome } from '../../src/main/agents/link.ts'
import { createConsole, type Console } from '../../src/main/console.ts'
import { openInventory, type Inventory } from '../../src/main/inventory/index.ts'
import type { Clock } from '../../src/main/operations/clock.ts'
import type { Revisions, StoredRevision } from '../../src/main/repository/revision.ts'
import type { User, Users } from '../../src/main/rpc/web/users.ts'
import { hardware, mac } from './hardware.ts'

export const START = Date.UTC(2026, 0, 12, 8)

export interface FakeClock extends Clock { advance(milliseconds: number): void }

export function fakeClock(start = START): FakeClock {
  let time = start
  const timers = new Set<{ every: number; next: number; action: () => void }>()
  return {
    now: () => time,
    every(milliseconds, action) {
      const timer = { every: milliseconds, next: time + milliseconds, action }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    advance(milliseconds) {
      const end = time + milliseconds
      for (;;) {
        const [due] = [...timers].filter(({ next }) => next <= end).sort((a, b) => a.next - b.next)
        if (!due) break
        time = due.next
        due.next += due.every
        due.action()
      }
      time = end
    },
  }
}

export interface FakeAgent {
  mac: MacAddress
  /** What the console has sent since the last `connect`. */
  sent: ConsoleMessage[]
  /** With its session, or with a new boot's token. */
  connect: (how?: { boot?: boolean; running?: OperationId[]; hardware?: Hardware }) => Welcome
  drop(): void
  say(report: Report): void
  /** The order that it was given last. */
  order<K extends AgentCommand['kind']>(kind: K): { id: OperationId; command: Extract<AgentCommand, { kind: K }> }
  done(id: OperationId, outcome?: Partial<Outcome>): void
  acknowledged(): OperationId[]
}

export type Recorded = { [E in EventName]: { event: E; data: Events[E] } }[EventName]

export const sha = (digit: string): Sha256Hex => Sha256Hex.parse(digit.repeat(64))

export const facts = (changes: Partial<ManifestFacts> = {}): ManifestFacts => ({
  creator: 'test', created: '2026-01-12T08:00:00Z', source: 'pc-01',
  volumes: [{ number: 1, filesystem: 'ext4', label: 'raíz', uuid: '', mode: 'used', size: 20e9, used: 3e9, minimumSize: 4e9 }],
  ...changes,
})

export const outcome = (changes: Partial<Outcome> = {}): Outcome => ({
  code: 0, message: '', params: {}, seconds: 12, figures: Figures.parse({}), ...changes,
})

/** As many as a test needs, with passwords that nobody checks. */
function usersInMemory(): Pick<Users, 'list' | 'set' | 'remove'> {
  const users = new Map<string, User>()
  return {
    list: () => [...users.values()],
    async set(name, password, role) {
      const user: User = { name, role, passwordHash: password ?? '', createdAt: START }
      users.set(name, user)
      return user
    },
    remove: (name) => void users.delete(name),
  }
}

export function consoleKit(options: { inventory?: Inventory; clock?: FakeClock } = {}) {
  const clock = options.clock ?? fakeClock()
  const inventory = options.inventory ?? openInventory(':memory:', () => clock.now())
  const connected = new Map<MacAddress, ConsoleMessage[]>()
  const events: Recorded[] = []
  const woken: MacAddress[] = []
  const stored = new Map<string, StoredRevision>()
  const refs = new Map<string, { ref: ImageRef; trashed: boolean }>()
  let disk = Promise.resolve()
  let language: Language = 'es'
  let engine = EngineRules.parse({})
  let transfers = TransferLimits.parse({})
  const link: AgentLink = {
    connected: (card) => connected.has(card),
    send(card, message) {
      connected.get(card)?.push(message)
      return connected.has(card)
    },
  }
  let released = 0
  let changedByOthers = false
  function move(name: string, trashed: boolean): void {
    const entry = refs.get(name)
    if (!entry) throw new ClonaulaError('notFound', name)
    entry.trashed = trashed
  }
  const revisions: Revisions = {
    async read(manifest) {
      await disk
      const revision = stored.get(manifest)
      if (!revision) throw new ClonaulaError('notFound', 'no such manifest')
      return revision
    },
    async add({ image, manifest, description }) {
      const known = [...refs.values()].find(({ ref }) => ref.manifest === manifest)
      if (known) return known.ref.revision
      const number = [...refs.values()].filter(({ ref }) => ref.image === image).length + 1
      refs.set(`${image}@${number}`, { ref: { format: 1, image, revision: number, created: '2026-01-12T08:00:00Z', manifest, description }, trashed: false })
      return number
    },
    async name(ref) {
      if (!stored.has(ref.manifest)) throw new ClonaulaError('notFound', 'no such manifest')
      refs.set(`${ref.image}@${ref.revision}`, { ref, trashed: false })
    },
    async list() {
      changedByOthers = false
      return [...refs.values()]
    },
    changed: async () => changedByOthers,
    trash: async ({ image, number }) => move(`${image}@${number}`, true),
    putBack: async ({ image, number }) => move(`${image}@${number}`, false),
    planPurge: async () => ({ id: sha('9'), revisions: [...refs.values()].filter(({ trashed }) => trashed).map(({ ref }) => ({ image: ref.image, number: ref.revision })), givenBack: 100 }),
    async purge({ id }) {
      await disk
      if (id !== sha('9')) throw new ClonaulaError('planChanged', 'another plan')
      for (const [name, { ref, trashed }] of refs) {
        if (!trashed) continue
        refs.delete(name)
        stored.delete(ref.manifest)
      }
      return { givenBack: 100 }
    },
    async release() {
      released += 1
    },
  }
  const start = (): Console => {
    const started = createConsole({
      inventory, link, revisions, clock,
      repositoryUrl: () => 'http://192.168.7.1:7400/repository',
      language: () => language,
      calls: {
        info: () => ({ version: '0', node: '', address: '', language, engine, transfers, services: [] }),
        setLanguage: (chosen) => { language = chosen },
        setEngine: (chosen) => { engine = chosen },
        setTransfers: (chosen) => { transfers = chosen },
        users: usersInMemory(),
        restartService: async () => [],
        examineNetwork: async () => [],
        timeline: (card) => ({ mac: card, events: inventory.bootEvents.list(card) }),
        wake: async (macs) => void woken.push(...macs),
      },
      log: { warn: () => {} },
    })
    started.subscribe((event, data) => void events.push({ event, data } as Recorded))
    return started
  }
  let app = start()

  function agent(card: MacAddress): FakeAgent {
    let session: string | undefined
    const self: FakeAgent = {
      mac: card,
      sent: [],
      connect({ boot = session === undefined, running = [], hardware: found = hardware(card) } = {}) {
        const proof = boot ? { token: inventory.bootTokens.issue(card, '192.168.7.20') } : { session }
        const hello: Extract<AgentMessage, { type: 'hello' }> = {
          type: 'hello', protocol: 1, mac: card, version: '1', hardware: found, running, uptime: 20, ...proof,
        }
        const welcome = app.rules.admit(hello, '192.168.7.20')
        session = welcome.session
        self.sent = []
        connected.set(card, self.sent)
        app.rules.admitted(hello)
        return welcome
      },
      drop() {
        connected.delete(card)
        app.rules.gone(card)
      },
      say: (report) => app.rules.report(card, report),
      order(kind) {
        const run = self.sent.filter((message) => message.type === 'run').at(-1)
        if (run?.command.kind !== kind) throw new Error(`no ${kind} was ordered`)
        return { id: run.operation, command: run.command as Extract<AgentCommand, { kind: typeof kind }> }
      },
      done(id, changes) {
        // As its upload would have been noted.
        if (changes?.manifest !== undefined) inventory.publishedManifests.add(id, changes.manifest)
        app.rules.report(card, { type: 'done', operation: id, outcome: outcome(changes) })
      },
      acknowledged: () => self.sent.filter((message) => message.type === 'ack').map(({ operation }) => operation),
    }
    return self
  }

  return {
    clock, inventory, events, woken, stored, refs, agent,
    get app() {
      return app
    },
    /** Somebody else does something to the repository. */
    byOthers(change: () => void): void {
      change()
      changedByOthers = true
    },
    /** How often the repository was left to others. */
    released: () => released,
    /** As through the door: checked, and with the contract's defaults. */
    call: async <N extends CallName>(name: N, args: CallInput<N>): Promise<CallResult<N>> =>
      // Schema and handler belong to the same name, which the checker cannot follow.
      app.handlers[name](calls[name].input.parse(args) as CallArgs<N>, { name: 'ana', role: 'administrator' }),
    /** The console stops and starts again on the same inventory; every connection is lost. */
    restart() {
      app.stop()
      connected.clear()
      events.length = 0
      app = start()
    },
    eventsOf: <E extends EventName>(event: E): Events[E][] =>
      events.filter((each) => each.event === event).map((each) => each.data as Events[E]),
    /** The repository's disk is slow from now on, until the returned function is called. */
    slowDisk(): () => void {
      const { promise, resolve } = Promise.withResolvers<void>()
      disk = promise
      return resolve
    },
    /** Lets what the console does beside its calls (reading a manifest) come to its end. */
    settled: () => new Promise<void>((resolve) => { setImmediate(resolve) }),
    /** A computer of the first classroom, known, with its agent connected. */
    ready(number: number): FakeAgent {
      const created = agent(mac(number))
      const [classroom] = inventory.tree.classrooms()
      void app.handlers['computers.create'](
        { classroomId: classroom!.id, name: `pc-${String(number).padStart(2, '0')}`, macs: [created.mac] },
        { name: 'ana', role: 'administrator' },
      )
      created.connect()
      return created
    },
    operation: (id: number) => app.handlers['operations.get']({ id: OperationId.parse(id) }, { name: 'ana', role: 'viewer' }),
  }
}
export type ConsoleKit = ReturnType<typeof consoleKit>
