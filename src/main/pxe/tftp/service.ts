import type { RemoteInfo, Socket } from 'node:dgram'
import { DecodeError } from '#shared/wire/bytes.ts'
import { decodeTftp, encodeTftp, TFTP_ERROR, type TftpFault, type TftpPacket } from '#shared/wire/tftp.ts'
import { normaliseBootPath } from '../boot-path.ts'
import type { BootFile, BootTree, Requester } from '../tree/boot-tree.ts'
import type { FileEvent } from '../tree/file-event.ts'
import { bindUdp, closeUdp } from '../udp.ts'
import { DEFAULT_LIMITS, negotiate, type TransferLimits } from './negotiate.ts'
import { TransferRun } from './transfer-run.ts'

export type TftpDropReason = TftpFault | 'not-a-request' | 'too-many-transfers'

export interface TftpServiceOptions {
  address: string
  port: number
  tree: BootTree
  limits?: TransferLimits
  /** At a time, of all clients and of one address; 256 and 8 unless said. */
  maxTransfers?: number
  maxPerAddress?: number
  onEvent: (event: FileEvent) => void
  onDrop: (drop: { reason: TftpDropReason; from: string; detail: string }) => void
  onError: (error: Error) => void
}

type Request = Extract<TftpPacket, { op: 'read' | 'write' }>
type Refusal = Extract<TftpPacket, { op: 'error' }>

/** A read-only TFTP server over a boot tree. Each transfer has a socket of its own (RFC 1350 §4). */
export class TftpService {
  readonly #options: TftpServiceOptions
  readonly #maxTransfers: number
  readonly #maxPerAddress: number
  /** By the client's address and port: a repeated request finds its transfer running. The oldest first. */
  readonly #transfers = new Map<string, { address: string; run?: TransferRun }>()
  #socket: Socket | undefined

  constructor(options: TftpServiceOptions) {
    this.#options = options
    this.#maxTransfers = options.maxTransfers ?? 256
    this.#maxPerAddress = options.maxPerAddress ?? 8
  }

  /** @throws ClonaulaError as `portError` says */
  async start(): Promise<void> {
    const { address, port, onError } = this.#options
    const socket = await bindUdp({ address, port }, onError)
    socket.on('message', (bytes, client) => {
      this.#onDatagram(bytes, client).catch((error: unknown) => {
        onError(error instanceof Error ? error : new Error(String(error)))
      })
    })
    this.#socket = socket
  }

  async stop(): Promise<void> {
    const socket = this.#socket
    this.#socket = undefined
    for (const { run } of this.#transfers.values()) run?.cancel()
    if (socket !== undefined) await closeUdp(socket)
  }

  async #onDatagram(bytes: Uint8Array, client: RemoteInfo): Promise<void> {
    const request = this.#readRequest(bytes, client)
    if (request === undefined || client.port === 0) return
    const key = `${client.address}:${client.port}`
    if (this.#transfers.has(key)) return
    if (!this.#hasRoom(client.address)) {
      // Silence, not an error: a ROM gives up on an error, and asks again after silence.
      this.#options.onDrop({ reason: 'too-many-transfers', from: client.address, detail: request.file })
      return
    }
    this.#transfers.set(key, { address: client.address })
    try {
      await this.#serve(request, client, key)
    } finally {
      this.#transfers.delete(key)
    }
  }

  /**
   * A request's source address is anybody's to write. When all places are taken, the transfer that has waited longest for a
   * first answer makes room: made-up clients never answer, real ones do at once.
   */
  #hasRoom(address: string): boolean {
    const transfers = [...this.#transfers.values()]
    if (transfers.filter((each) => each.address === address).length >= this.#maxPerAddress) return false
    if (transfers.length < this.#maxTransfers) return true
    const unanswered = transfers.find(({ run }) => run?.answered === false)
    unanswered?.run?.cancel()
    return unanswered !== undefined
  }

  #readRequest(bytes: Uint8Array, client: RemoteInfo): Request | undefined {
    const { onDrop } = this.#options
    try {
      const packet = decodeTftp(bytes)
      if (packet.op === 'read' || packet.op === 'write') return packet
      onDrop({ reason: 'not-a-request', from: client.address, detail: packet.op })
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      onDrop({ reason: (error as DecodeError<TftpFault>).reason, from: client.address, detail: error.message })
    }
    return undefined
  }

  async #serve(request: Request, client: RemoteInfo, key: string): Promise<void> {
    const { address, limits = DEFAULT_LIMITS, onEvent, onError } = this.#options
    const requester: Requester = { address: client.address, protocol: 'tftp', query: new URLSearchParams() }
    const about = { requester, path: request.file }
    const file = await this.#open(request, requester)
    if (this.#socket === undefined) return // stopped meanwhile
    if ('op' in file) {
      onEvent({ kind: 'refused', ...about, reason: file.message })
      this.#socket.send(encodeTftp(file), client.port, client.address)
      return
    }
    const socket = await bindUdp({ address, port: 0 }, onError)
    const started = performance.now()
    onEvent({ kind: 'started', ...about, size: file.size })
    const run = new TransferRun({ file, socket, client, ...negotiate(request.options, file.size, limits) })
    this.#transfers.set(key, { address: client.address, run })
    const { outcome, delivered } = await run.finished
    onEvent({ kind: 'ended', ...about, outcome, delivered, milliseconds: Math.round(performance.now() - started) })
  }

  async #open(request: Request, requester: Requester): Promise<BootFile | Refusal> {
    if (request.op === 'write') return refusal('accessViolation', 'this server is read-only')
    if (request.mode === 'netascii') return refusal('undefined', 'netascii is not supported, use octet')
    if (request.mode !== 'octet') return refusal('illegalOperation', `unknown mode ${request.mode}`)
    const path = normaliseBootPath(request.file)
    if (path === undefined) return refusal('accessViolation', 'not a path of this server')
    return (await this.#options.tree.open(path, requester)) ?? refusal('fileNotFound', 'no such file')
  }
}

function refusal(error: keyof typeof TFTP_ERROR, message: string): Refusal {
  return { op: 'error', code: TFTP_ERROR[error], message }
}
