/**
 * The composition root: the only file that constructs the console's services. Plain Node: a window, a
 * terminal or a test starts it and uses what it returns.
 */
import { join } from 'node:path'
import { LocalRepository, repositoryHandler } from '#image/index.ts'
import type { Handlers, Subscribe } from '#shared/contract/rpc.ts'
import type { BootTimelineView, ConsoleView } from '#shared/contract/views.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import { createSendTurns, sendThrottle } from '#transfer/send-turns.ts'
import { createAgentGateway } from './agents/gateway.ts'
import type { AgentLink, AgentRules } from './agents/link.ts'
import { createClassroomNetwork, type ClassroomNetwork } from './boot/classroom-network.ts'
import { createClassroom, REPOSITORY_PREFIX } from './boot/classroom.ts'
import { openLeaseFile } from './boot/leases.ts'
import { openLiveFolder } from './boot/live-system.ts'
import { openLoaderFolder } from './boot/loaders.ts'
import { wake } from './boot/wake.ts'
import { createConsole } from './console.ts'
import { connectedClients } from './doctor/connected-clients.ts'
import { createExamination } from './doctor/examine.ts'
import { createMulticastProbe } from './doctor/probe-multicast.ts'
import { openInventory } from './inventory/index.ts'
import { consoleCertificate } from './platform/certificate.ts'
import { makeDataFolder } from './platform/data-folder.ts'
import { createLog, type Log } from './platform/log.ts'
import { watchLoopDelay } from './platform/loop-delay.ts'
import { chooseCard, listCards } from './platform/network.ts'
import { programFolders } from './platform/program-folders.ts'
import { explainProblem } from './platform/service-problem.ts'
import { createServices, type Service, type ServiceName } from './platform/services.ts'
import { loadSettings, parseWebListen, saveSettings, type SettingFlags, type Settings } from './platform/settings.ts'
import { VERSION } from './platform/version.ts'
import { reconcile } from './repository/reconcile.ts'
import { revisionsOf } from './repository/revision.ts'
import { controlPath } from './rpc/local/control-path.ts'
import { openControlSocket } from './rpc/local/control-socket.ts'
import { openUsers } from './rpc/web/users.ts'
import { createWebServer, type WebServer } from './rpc/web/web-server.ts'
import { createMulticast } from './transfer/multicast.ts'
import { torrentRoutes } from './transfer/torrents-http.ts'
import { createTorrents } from './transfer/torrents.ts'

export interface CoreOptions {
  /** The data folder; made where there is none. */
  data: string
  flags?: SettingFlags
  /** To standard error, at the level of the settings, unless given. */
  log?: Log
}

export interface Core {
  handlers: Handlers
  subscribe: Subscribe
  settings: Settings
  info(): ConsoleView
  /** Boot loaders that are missing, and where they and the live system are looked for. */
  supplies(): { missingLoaders: string[]; bootFiles: string; liveFiles: string }
  /** Whether anybody can log in from a browser. */
  hasUsers(): boolean
  /** A web address that logs in whoever opens it first; undefined while the web console does not listen on TCP. */
  startAddress(): string | undefined
  stop(): Promise<void>
}

/** Bytes of the disk that images may not take: a console that cannot write its inventory is no console. */
const DISK_RESERVE = 1024 ** 3
/** Milliseconds between looks at whether the classroom's network card is still there. */
const NETWORK_CHECK = 5000
/** Services that face the classroom, in the order in which they start: what others point at comes first. */
const CLASSROOM_SERVICES: readonly ServiceName[] = ['agents', 'http', 'tftp', 'dhcp', 'peers']

/**
 * Starts a console on a data folder. Services that cannot start leave it running.
 * @throws ClonaulaError `consoleRunning` another console has the folder · `invalidRequest` a setting is wrong
 */
export async function startCore({ data, flags = {}, log: givenLog }: CoreOptions): Promise<Core> {
  makeDataFolder(data)
  const settings = loadSettings(data, flags)
  const log = givenLog ?? createLog(settings.logLevel)
  const undo: (() => unknown)[] = []
  const stop = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) {
      // One that fails must not keep the others, the database above all, from being closed.
      try {
        await step()
      } catch (error) {
        log.error({ err: error }, 'did not stop cleanly')
      }
    }
  }
  try {
    return { ...(await compose(data, settings, log, (step) => undo.push(step))), settings, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param onStop called with what is to be undone when the console stops, the last first */
async function compose(
  data: string, settings: Settings, log: Log, onStop: (step: () => unknown) => void,
): Promise<Omit<Core, 'settings' | 'stop'>> {
  const control = await openControlSocket(controlPath(data))
  onStop(() => control.close())
  const loop = watchLoopDelay(log)
  onStop(() => loop.stop())
  const certificate = await consoleCertificate(data)
  const inventory = openInventory(join(data, 'inventory.db'))
  onStop(() => inventory.close())
  const repository = await LocalRepository.open(join(data, 'repository'), { reserve: DISK_RESERVE })
  onStop(() => repository.close())
  const revisions = revisionsOf(repository)
  await reconcile({ images: inventory.images, revisions, log })
  const users = openUsers(data)
  const folders = programFolders()
  const live = openLiveFolder(settings.liveFiles ?? folders.liveFiles)
  const loaders = openLoaderFolder(settings.bootFiles ?? folders.bootFiles)
  const leases = openLeaseFile(join(data, 'leases.json'))
  onStop(() => leases.close())

  const network: ClassroomNetwork = createClassroomNetwork({
    choose: () => chooseCard(listCards(), settings),
    make: (card) => createClassroom(card, {
      ports: settings.ports,
      dhcp: settings.dhcp,
      certificate: certificate.fingerprint,
      live,
      loaders,
      leases,
      computerOf: (mac) => inventory.computers.byMac(mac),
      issueToken: (mac, address) => inventory.bootTokens.issue(mac, address),
      repository: serveRepository,
      torrents: serveTorrents,
      onEvent: (event) => app.bootEvent(event),
      log,
    }),
  })

  const info = (): ConsoleView => {
    const system = live.current()?.view
    return {
      version: VERSION,
      node: process.version,
      address: network.current()?.card.address ?? '',
      language: settings.language,
      engine: settings.engine,
      transfers: settings.transfers,
      services: services.views(),
      ...(system && { live: system }),
    }
  }
  const multicast = createMulticast({ inventory, revisions, repository: repository.root, card: () => network.current()?.card, log })
  onStop(() => multicast.stop())
  const sending = sendThrottle(() => settings.transfers)
  const torrents = createTorrents({
    inventory, repository, log, throttle: sending,
    folder: join(data, 'torrents'),
    url: () => network.current()?.torrentUrl ?? '',
  })
  onStop(() => torrents.stop())
  const link: AgentLink = { connected: (mac) => gateway.connected(mac), send: (mac, message) => gateway.send(mac, message) }
  const probe = createMulticastProbe({ inventory, card: () => network.current()?.card, link })
  const app = createConsole({
    inventory,
    log,
    link,
    revisions,
    repositoryUrl: () => network.current()?.repositoryUrl ?? '',
    language: () => settings.language,
    transfers: { multicast, torrent: torrents },
    calls: {
      info,
      setLanguage(language) {
        saveSettings(data, { language })
        settings.language = language
      },
      setEngine(engine) {
        saveSettings(data, { engine })
        settings.engine = engine
      },
      setTransfers(transfers) {
        saveSettings(data, { transfers })
        settings.transfers = transfers
      },
      users,
      restartService: (name) => services.restart(name),
      examineNetwork: createExamination({
        card: () => network.current()?.card,
        dhcp: settings.dhcp.mode,
        services: () => services.views(),
        clients: () => connectedClients(inventory, (mac) => gateway.connected(mac)),
        probe: (long) => probe.run(long),
      }),
      timeline: (mac) => timeline(network, mac) ?? { mac, events: inventory.bootEvents.list(mac) },
      wake: async (macs) => {
        const card = network.current()?.card
        if (card) await wake(macs, card.address, card.broadcast)
      },
    },
  })
  onStop(() => app.stop())
  const serveRepository = repositoryHandler({
    repository,
    prefix: REPOSITORY_PREFIX,
    authorize: app.access.authorize,
    turns: createSendTurns(() => settings.transfers, sending),
  })
  const serveTorrents = torrentRoutes({ torrents, authorize: app.access.authorize })
  const gateway = createAgentGateway({ ...certificate, rules: { ...notingArrivals(app.rules, network), probed: probe.heard }, log })
  const web = createWebServer({
    ...certificate,
    handlers: app.handlers,
    subscribe: app.subscribe,
    users,
    audit: inventory.audit,
    screens: folders.screens,
    names: settings.web.names,
    log,
  })
  const services = createServices(
    [
      network.service(
        'agents', async ({ card }) => ({ listens: await gateway.listen(card.address, settings.ports.agents) }), () => gateway.close(),
      ),
      ...(['http', 'tftp', 'dhcp'] as const).map((name) =>
        network.service(name, (room) => room.services[name].start(), (room) => room.services[name].stop())),
      network.service(
        'peers', async ({ card: { address } }) => ({ listens: `${address}:${await torrents.listen(address, settings.ports.peers)}` }),
        () => torrents.silence(),
      ),
      webService(web, settings),
    ],
    { log, explain: explainProblem, changed: (views) => app.emit('services.changed', views) },
  )
  control.serve(app.handlers, app.subscribe)
  onStop(() => services.stopAll())
  await services.startAll()
  const watch = setInterval(() => {
    if (network.moved()) void services.restart(...CLASSROOM_SERVICES)
  }, NETWORK_CHECK)
  onStop(() => clearInterval(watch))

  return {
    handlers: app.handlers,
    subscribe: app.subscribe,
    info,
    supplies: () => ({ missingLoaders: loaders.missing(), bootFiles: loaders.path, liveFiles: live.path }),
    hasUsers: () => users.list().length > 0,
    startAddress: () => web.startAddress(),
  }
}

function webService(web: WebServer, settings: Settings): Service {
  return {
    name: 'web',
    async start() {
      const where = parseWebListen(settings.web.listen)
      return where && where.kind !== 'off' ? { listens: await web.listen(where) } : undefined
    },
    stop: () => web.close(),
  }
}

/** A hello with a boot's token is the last step of that boot. */
function notingArrivals(rules: AgentRules, network: ClassroomNetwork): AgentRules {
  return {
    ...rules,
    admitted(hello) {
      if (hello.token !== undefined) {
        network.current()?.boot.record({ mac: hello.mac, phase: 'agent', detail: hello.version, at: Date.now() })
      }
      rules.admitted(hello)
    },
  }
}

/** Undefined for a computer that has not booted since the console started. */
function timeline(network: ClassroomNetwork, mac: MacAddress): BootTimelineView | undefined {
  const progress = network.current()?.boot.timelines.of(mac, Date.now())
  if (!progress) return undefined
  const { events, state, reached } = progress
  return { mac, events: [...events], ...(state === 'stopped' && { stoppedAt: reached }) }
}
