import type { Socket } from 'node:net'
import { RateWindow } from '#shared/transfer/rate-window.ts'
import type { Block } from '#shared/transfer/torrent/piece-picker.ts'
import { Bitfield } from '#shared/wire/bittorrent/bitfield.ts'
import type { PeerMessageReader } from '#shared/wire/bittorrent/frames.ts'
import { encodePeerMessages, encodePieceHeader, type BlockRequest, type Handshake, type PeerMessage } from '#shared/wire/bittorrent/peer-messages.ts'
import type { Throttle } from '../throttle.ts'
import type { Lease } from './buffer-pool.ts'
import type { Line } from './line.ts'

/**
 * Milliseconds after which a silent connection is kept alive, and after which one that we hear nothing from is given up
 * (BEP 3: two minutes).
 */
const KEEP_ALIVE_AFTER = 60_000
const SILENT_AFTER = 150_000
/** Milliseconds that news wait at the most for something that they can go with. */
const MENTION_AFTER = 50
/** Bytes that may wait for somebody who does not read them: much more than what is sent at once. What he asks for could fill the memory. */
const MAX_UNREAD = 4 * 1024 * 1024

export interface PeerOptions {
  line: Line
  host: string
  /** Whether we called. */
  outgoing: boolean
  handshake: Handshake
  reader: PeerMessageReader
  pieceCount: number
  /** Holds all that is received to a rate. */
  throttle?: Throttle | undefined
}

export interface PeerEvents {
  /** A throw closes the connection. */
  onMessage: (message: PeerMessage) => void
  /** All messages that came at once have been told. */
  onIdle: () => void
  onClose: () => void
}

/** A connection with a peer that has introduced itself, and what each side has said to the other. */
export class Peer {
  readonly host: string
  readonly outgoing: boolean
  readonly id: Uint8Array
  /** Both know the fast extension (BEP 6). */
  readonly fast: boolean
  readonly has: Bitfield
  /** How many pieces it has that we lack. */
  useful = 0
  /** Pieces that we have got and it was not told of, because it has them too. */
  untold: number[] = []
  /** We do not send, it does not send. */
  choking = true
  choked = true
  /** We want something of it, it of us. */
  interested = false
  wanted = false
  /** What we asked it for, by the numbers of blocks. */
  readonly requests = new Map<number, Block>()
  /** Blocks that it may still send though we do not count on them any more. */
  excused = 0
  /** It let us wait too long. */
  snubbed = false
  /** Milliseconds: when the last block came, or when we began to wait for one. */
  heardAt = performance.now()
  /** What it asked us for. */
  uploads: BlockRequest[] = []
  serving = false
  readonly received = new RateWindow(performance.now())
  readonly sent = new RateWindow(performance.now())
  sentBytes = 0

  readonly #line: Line
  readonly #socket: Socket
  readonly #reader: PeerMessageReader
  readonly #throttle: Throttle | undefined
  readonly #mentions: PeerMessage[] = []
  #mentionTimer: NodeJS.Timeout | undefined
  #lastRead = performance.now()
  #lastWrite = performance.now()

  constructor({ line, host, outgoing, handshake, reader, pieceCount, throttle }: PeerOptions) {
    this.#line = line
    this.#socket = line.socket
    this.#reader = reader
    this.#throttle = throttle
    this.host = host
    this.outgoing = outgoing
    this.id = handshake.peerId
    this.fast = handshake.fast
    this.has = new Bitfield(pieceCount)
  }

  get closed(): boolean {
    return this.#socket.destroyed
  }

  start({ onMessage, onIdle, onClose }: PeerEvents): void {
    const read = (chunk: Uint8Array): void => {
      try {
        for (const message of this.#reader.messages(chunk)) {
          onMessage(message)
          if (this.closed) return
        }
        onIdle()
      } catch {
        this.close()
      }
    }
    this.#socket.on('close', onClose)
    read(new Uint8Array(0))
    this.#line.listen((chunk) => {
      this.#lastRead = performance.now()
      void this.#slowDown(chunk.length)
      read(chunk)
    })
  }

  send(...messages: PeerMessage[]): void {
    if (messages.length > 0) this.#write([encodePeerMessages(messages)])
  }

  /** Says it with whatever is said next, or in a moment: news of single pieces would be most of all packets. */
  mention(message: PeerMessage): void {
    if (this.#mentions.push(message) === 1) this.#mentionTimer = setTimeout(() => this.#write([]), MENTION_AFTER)
  }

  /** @param lease the bytes of all of them, one behind the other; it ends when the system has taken them */
  sendBlocks(requests: readonly BlockRequest[], lease: Lease): void {
    const { bytes } = lease
    let at = 0
    const parts = requests.flatMap(({ piece, begin, length }) => [encodePieceHeader(piece, begin, length), bytes.subarray(at, at += length)])
    this.#write(parts, () => lease.end())
    this.sentBytes += bytes.length
    this.sent.add(bytes.length, performance.now())
  }

  /** Returns when the system has taken what was sent, or the connection is closed. */
  async drained(): Promise<void> {
    if (!this.#socket.writableNeedDrain || this.closed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#socket.on('drain', resolve).on('close', resolve)
    await promise
    this.#socket.off('drain', resolve).off('close', resolve)
  }

  /** To be called now and then. */
  look(now: number): void {
    if (now - this.#lastRead > SILENT_AFTER) this.close()
    else if (now - this.#lastWrite > KEEP_ALIVE_AFTER) this.send({ kind: 'keepAlive' })
  }

  close(): void {
    this.#socket.destroy()
  }

  /** What is said in one turn of the event loop goes out as one, behind what was to be mentioned. @param onTaken not called of a connection that is closed first */
  #write(parts: readonly Uint8Array[], onTaken?: () => void): void {
    if (this.closed) return
    if (this.#socket.writableLength > MAX_UNREAD) return this.close()
    this.#lastWrite = performance.now()
    if (this.#socket.writableCorked === 0) {
      this.#socket.cork()
      setImmediate(() => this.#socket.uncork())
    }
    if (this.#mentions.length > 0) {
      clearTimeout(this.#mentionTimer)
      this.#socket.write(encodePeerMessages(this.#mentions.splice(0)))
    }
    const last = parts.length - 1
    for (const [index, part] of parts.entries()) {
      // The system may still be at it when a connection is cut off: only a write that succeeded has let go of its bytes.
      if (index === last && onTaken) this.#socket.write(part, (error) => { if (!error) onTaken() })
      else this.#socket.write(part)
    }
  }

  async #slowDown(bytes: number): Promise<void> {
    if (!this.#throttle?.isHolding) return
    this.#socket.pause()
    await this.#throttle.pass(bytes)
    this.#socket.resume()
  }
}
