import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { findPlace } from '#shared/transfer/torrent/places.ts'
import { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import type { Handshake } from '#shared/wire/bittorrent/peer-messages.ts'
import { hexOf } from './hash.ts'
import { ipv4Of, receiveHandshake } from './handshakes.ts'
import { Line } from './line.ts'

/** Connections that have not said yet what they want, of all and of one address. */
const MAX_STRANGERS = 100
const MAX_STRANGERS_PER_ADDRESS = 16

/** A peer that came and has introduced itself; what it has sent behind its handshake is in the reader. */
export interface IncomingPeer {
  line: Line
  host: string
  reader: PeerMessageReader
  handshake: Handshake
}

export interface PeerPortOptions {
  /** 0: any that is free. */
  port?: number
  /** The address to listen at; all of them unless said. */
  host?: string
  /** Whether somebody at this address is known to belong here: strangers make room for them. Nobody is unless said. */
  isMember?: (host: string) => boolean
}

/** The port at which other peers call: one for all torrents of a process. */
export class PeerPort {
  readonly #server: Server
  readonly #torrents = new Map<string, (peer: IncomingPeer) => void>()
  readonly #strangers = new Map<Socket, string>()
  readonly #isMember: (host: string) => boolean

  /** @throws what `listen` throws, e.g. EADDRINUSE */
  static async open({ port = 0, host = '0.0.0.0', isMember = () => false }: PeerPortOptions = {}): Promise<PeerPort> {
    const peerPort = new PeerPort(isMember)
    peerPort.#server.listen(port, host)
    await once(peerPort.#server, 'listening')
    peerPort.#server.on('error', () => undefined) // one call that could not be taken (too many open files, for one)
    return peerPort
  }

  private constructor(isMember: (host: string) => boolean) {
    this.#isMember = isMember
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (socket) => void this.#greet(Line.accept(socket)))
  }

  get port(): number {
    const address = this.#server.address()
    return typeof address === 'object' && address ? address.port : 0
  }

  /** Sends those who ask for a torrent to somebody; who asks for another is turned away. @returns ends that */
  offer(infoHash: Uint8Array, take: (peer: IncomingPeer) => void): () => void {
    const key = hexOf(infoHash)
    this.#torrents.set(key, take)
    return () => this.#torrents.delete(key)
  }

  async close(): Promise<void> {
    for (const socket of this.#strangers.keys()) socket.destroy()
    await new Promise<void>((resolve) => { this.#server.close(() => resolve()) })
  }

  async #greet(line: Line): Promise<void> {
    const { socket } = line
    socket.on('error', () => undefined) // it is closed then, which is all that matters
    const host = ipv4Of(socket.remoteAddress)
    const place = host === undefined ? undefined : findPlace(
      host, Array.from(this.#strangers, ([other, from]) => ({ socket: other, host: from })),
      { places: MAX_STRANGERS, perAddress: MAX_STRANGERS_PER_ADDRESS, isMember: this.#isMember },
    )
    if (host === undefined || !place) return void socket.destroy()
    if (place.insteadOf) this.#turnAway(place.insteadOf.socket)
    this.#strangers.set(socket, host)
    try {
      const reader = new PeerMessageReader()
      const handshake = await receiveHandshake(line, reader)
      const take = this.#torrents.get(hexOf(handshake.infoHash))
      if (!take) throw new Error('no such torrent')
      take({ line, host, reader, handshake })
    } catch {
      socket.destroy()
    } finally {
      this.#strangers.delete(socket)
    }
  }

  #turnAway(socket: Socket): void {
    this.#strangers.delete(socket)
    socket.destroy()
  }
}
