/** The console's part of TORRENT-CACHE: one swarm for each image that computers are taking, with a tracker and the first seed. */
import { TorrentAgentMessage, type TorrentConsoleMessage } from '#shared/contract/torrent.ts'
import { hexOf } from '#transfer/torrent/hash.ts'
import type { NetworkProperties } from '#shared/domain/classroom.ts'
import { propertiesFor } from '#shared/domain/deploy/protocol-options.ts'
import type { OperationId, Sha256Hex } from '#shared/domain/ids.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { Throttle } from '#transfer/throttle.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import type { Torrent } from '#transfer/torrent/revision-torrent.ts'
import type { Inventory } from '../inventory/index.ts'
import type { OperationRecord } from '../inventory/operations.ts'
import { readsRevision } from '../operations/task.ts'
import type { Log } from '../platform/log.ts'
import type { TransferService } from './hub.ts'
import { ImageSwarm, type TorrentRepository } from './torrents-image.ts'

/** Milliseconds between two words about how far the making of a torrent is, and about who takes the image. */
const TELL_EVERY = 1000

export interface TorrentsParts {
  inventory: Pick<Inventory, 'computers' | 'tree'>
  repository: TorrentRepository
  /** Where torrents that were made are kept. */
  folder: string
  /** Where agents find torrent files and the tracker, e.g. `http://192.168.7.1:7400/torrent`. */
  url: () => string
  /** What the seeds of all images send goes through it. */
  throttle: Throttle
  log: Pick<Log, 'info' | 'warn'>
}

export interface Torrents extends TransferService {
  /** Opens the port at which computers fetch from the console. @returns its number @throws what `listen` throws */
  listen(address: string, port: number): Promise<number>
  /** Closes it, and ends all seeds. */
  silence(): Promise<void>
  /** The open port; undefined: nobody can fetch from here. */
  port(): number | undefined
  /** The torrent of a swarm that there is. @param infoHash hexadecimal digits */
  find(infoHash: string): Promise<Torrent> | undefined
  stop(): Promise<void>
}

interface OpenSwarm {
  swarm: ImageSwarm
  /** Who waits for the torrent. */
  waiting: Set<ControlChannel<unknown>>
  toldAt: number
  /** Who has heard of the swarm, and hears who is in it. */
  told: Set<ControlChannel<unknown>>
  telling: NodeJS.Timeout | undefined
  /** The longest P2P time of its rooms: so long it stays when no operation needs it any more. */
  seedSeconds: number
  end: NodeJS.Timeout | undefined
}

export function createTorrents(parts: TorrentsParts): Torrents {
  const { inventory, repository, folder, throttle, log } = parts
  const open = new Map<Sha256Hex, OpenSwarm>()
  let port: PeerPort | undefined

  function propertiesOf({ computerId, task }: OperationRecord): NetworkProperties {
    const { network } = inventory.tree.classroom(inventory.computers.get(computerId).classroomId)
    return propertiesFor(network, readsRevision(task) ? task.deployment?.options : undefined)
  }

  function swarmOf(manifest: Sha256Hex): OpenSwarm {
    const known = open.get(manifest)
    if (known) return known
    const entry: OpenSwarm = {
      waiting: new Set(), toldAt: 0, told: new Set(), telling: undefined, seedSeconds: 0, end: undefined,
      swarm: new ImageSwarm({
        manifest, repository, folder, throttle,
        onHashing: (done, total) => tellHashing(entry, done, total),
        onDamage: (piece) => log.warn({ manifest, piece }, 'a part of an image is not what it was when its torrent was made'),
      }),
    }
    open.set(manifest, entry)
    return entry
  }

  function tellHashing(entry: OpenSwarm, done: number, total: number): void {
    const now = performance.now()
    if (now - entry.toldAt < TELL_EVERY) return
    entry.toldAt = now
    for (const channel of entry.waiting) say(channel, { type: 'hashing', done, total })
  }

  /** A whole class joins at once. */
  function tellMembersSoon(entry: OpenSwarm): void {
    entry.telling ??= setTimeout(() => {
      entry.telling = undefined
      for (const channel of entry.told) say(channel, { type: 'members', addresses: entry.swarm.addresses })
    }, TELL_EVERY)
  }

  async function join(operation: OperationRecord, manifest: Sha256Hex, channel: ControlChannel<unknown>): Promise<void> {
    if (!port) return say(channel, { type: 'unavailable', reason: 'portClosed' })
    const entry = swarmOf(manifest)
    clearTimeout(entry.end)
    entry.swarm.members.set(operation.id, inventory.computers.get(operation.computerId).ip)
    entry.waiting.add(channel)
    const { p2pMode: mode, p2pTime: seedSeconds } = propertiesOf(operation)
    entry.seedSeconds = Math.max(entry.seedSeconds, seedSeconds)
    try {
      const torrent = await entry.swarm.torrent
      await entry.swarm.seed(() => port)
      const infoHash = hexOf(torrent.infoHash)
      say(channel, { type: 'offer', infoHash, file: `${parts.url()}/${infoHash}.torrent`, trackers: [`${parts.url()}/announce`], mode, seedSeconds })
      // Who has closed meanwhile waits no more.
      if (entry.waiting.has(channel)) entry.told.add(channel)
      tellMembersSoon(entry)
    } catch (error) {
      log.warn({ err: error, manifest }, 'no torrent of an image')
      if (open.get(manifest) === entry) open.delete(manifest)
      say(channel, { type: 'unavailable', reason: 'noTorrent' })
    } finally {
      entry.waiting.delete(channel)
    }
  }

  function forget(manifest: Sha256Hex, entry: OpenSwarm): void {
    if (open.get(manifest) === entry) open.delete(manifest)
    clearTimeout(entry.telling)
    log.info({ manifest, sent: entry.swarm.sent }, 'swarm ended')
    entry.swarm.close().catch((error: unknown) => log.warn({ err: error }, 'seed did not end cleanly'))
  }

  return {
    opened(operation, channel) {
      const { task } = operation
      if (!readsRevision(task) || task.method !== 'TORRENT-CACHE') return
      const { manifest } = task
      channel.listen({
        message: (message) => {
          if (TorrentAgentMessage.safeParse(message).success) void join(operation, manifest, channel)
        },
        closed: () => {
          const entry = open.get(manifest)
          entry?.waiting.delete(channel)
          entry?.told.delete(channel)
        },
      })
    },
    ended(operation: OperationId) {
      for (const [manifest, entry] of open) {
        if (!entry.swarm.members.delete(operation)) continue
        tellMembersSoon(entry)
        if (entry.swarm.members.size > 0) continue
        // Nothing was given yet: nobody is there to be waited for.
        if (entry.swarm.infoHash === undefined) forget(manifest, entry)
        else entry.end = setTimeout(() => forget(manifest, entry), 1000 * entry.seedSeconds)
      }
    },
    async listen(address, wanted) {
      port = await PeerPort.open({
        host: address, port: wanted, isMember: (host) => [...open.values()].some(({ swarm }) => swarm.isMember(host)),
      })
      for (const { swarm } of open.values()) swarm.seed(() => port).catch(() => undefined) // said to each who joins
      return port.port
    },
    async silence() {
      const old = port
      port = undefined
      await Promise.all(Array.from(open.values(), ({ swarm }) => swarm.unseed()))
      await old?.close()
    },
    port: () => port?.port,
    find: (infoHash) => [...open.values()].find(({ swarm }) => swarm.infoHash === infoHash)?.swarm.torrent,
    async stop() {
      for (const entry of open.values()) {
        clearTimeout(entry.end)
        clearTimeout(entry.telling)
      }
      const swarms = Array.from(open.values(), ({ swarm }) => swarm.close())
      open.clear()
      await Promise.all(swarms)
    },
  }
}

function say(channel: ControlChannel<unknown>, message: TorrentConsoleMessage): void {
  channel.send(message)
}
