import { DecodeError } from '#shared/wire/bytes.ts'
import { MAX_NBD_PAYLOAD } from '#shared/wire/nbd.ts'
import {
  decodeNbdClientFlags, decodeNbdGo, decodeNbdName, decodeNbdOptionHeader, encodeNbdBlockSizeInfo, encodeNbdExportInfo,
  encodeNbdExportName, encodeNbdGreeting, encodeNbdOptionReply, encodeNbdServer, NBD_EXPORT_FLAG, NBD_LENGTH, NBD_OPTION, NBD_REPLY,
  type NbdExportFacts, type NbdHandshakeFlags,
} from '#shared/wire/nbd-handshake.ts'
import { isWritable, type ReadDevice, type WriteDevice } from './block-device.ts'
import type { ExactReader } from './exact-reader.ts'

/** A device, and the name that clients ask for it by. The first of a server is its default one. */
export interface NbdExport {
  name: string
  device: ReadDevice | WriteDevice
}

type Send = (bytes: Uint8Array) => Promise<void>

const OURS: NbdHandshakeFlags = { fixedNewstyle: true, noZeroes: true }
const BLOCK_SIZE = { minimum: 1, preferred: 4096, maximum: MAX_NBD_PAYLOAD }

/** Options that a client may set before it has to make up its mind. */
const MAX_OPTIONS = 64

/**
 * Comes to terms with a client.
 * @returns the export that it chose, whose transmission begins now; `undefined` when it left
 * @throws DecodeError it does not speak the protocol
 */
export async function shakeHands(reader: ExactReader, send: Send, exports: readonly NbdExport[]): Promise<NbdExport | undefined> {
  await send(encodeNbdGreeting(OURS))
  const flags = await reader.read(NBD_LENGTH.clientFlags)
  if (!flags) return undefined
  const haggling = new Haggling(send, exports, decodeNbdClientFlags(flags))
  for (let count = 0; count < MAX_OPTIONS; count += 1) {
    const header = await reader.read(NBD_LENGTH.optionHeader)
    if (!header) return undefined
    const { option, length } = decodeNbdOptionHeader(header)
    const data = await reader.read(length)
    if (!data) return undefined
    const outcome = await haggling.answer(option, data)
    if (outcome !== 'continue') return outcome === 'leave' ? undefined : outcome
  }
  return undefined
}

type Outcome = NbdExport | 'continue' | 'leave'

class Haggling {
  readonly #send: Send
  readonly #exports: readonly NbdExport[]
  readonly #flags: NbdHandshakeFlags

  constructor(send: Send, exports: readonly NbdExport[], flags: NbdHandshakeFlags) {
    this.#send = send
    this.#exports = exports
    this.#flags = flags
  }

  async answer(option: number, data: Uint8Array): Promise<Outcome> {
    switch (option) {
      case NBD_OPTION.exportName:
        return this.#exportName(data)
      case NBD_OPTION.abort:
        await this.#reply(option, NBD_REPLY.ack)
        return 'leave'
      case NBD_OPTION.list:
        return this.#list(option, data)
      case NBD_OPTION.info:
      case NBD_OPTION.go:
        return this.#go(option, data)
      default:
        // TLS, structured replies and block status among them: a client does without.
        await this.#reply(option, NBD_REPLY.unsupported)
        return 'continue'
    }
  }

  /** The oldest option: it cannot be refused politely, so that who asks for what is not there is hung up on. */
  async #exportName(data: Uint8Array): Promise<Outcome> {
    const found = this.#find(decodeNbdName(data))
    if (!found) return 'leave'
    await this.#send(encodeNbdExportName(factsOf(found.device), this.#flags))
    return found
  }

  async #list(option: number, data: Uint8Array): Promise<Outcome> {
    if (data.length > 0) {
      await this.#reply(option, NBD_REPLY.invalid)
      return 'continue'
    }
    for (const { name } of this.#exports) await this.#reply(option, NBD_REPLY.server, encodeNbdServer(name))
    await this.#reply(option, NBD_REPLY.ack)
    return 'continue'
  }

  async #go(option: number, data: Uint8Array): Promise<Outcome> {
    const name = goName(data)
    const found = name === undefined ? undefined : this.#find(name)
    if (!found) {
      await this.#reply(option, name === undefined ? NBD_REPLY.invalid : NBD_REPLY.unknownExport)
      return 'continue'
    }
    await this.#reply(option, NBD_REPLY.info, encodeNbdExportInfo(factsOf(found.device)))
    await this.#reply(option, NBD_REPLY.info, encodeNbdBlockSizeInfo(BLOCK_SIZE))
    await this.#reply(option, NBD_REPLY.ack)
    return option === NBD_OPTION.go ? found : 'continue'
  }

  #find(name: string): NbdExport | undefined {
    return name === '' ? this.#exports[0] : this.#exports.find((each) => each.name === name)
  }

  #reply(option: number, type: number, data: Uint8Array = new Uint8Array()): Promise<void> {
    return this.#send(encodeNbdOptionReply({ option, type, data }))
  }
}

/** An option that is malformed inside can be refused: where it ends is known. */
function goName(data: Uint8Array): string | undefined {
  try {
    return decodeNbdGo(data).name
  } catch (cause) {
    if (cause instanceof DecodeError) return undefined
    throw cause
  }
}

/** What is written is shared by all connections, so that a client may have several. */
function factsOf(device: ReadDevice | WriteDevice): NbdExportFacts {
  const { hasFlags, readOnly, flush, fua, trim, writeZeroes, multiConnection } = NBD_EXPORT_FLAG
  const flags = hasFlags | flush | fua | multiConnection | (isWritable(device) ? trim | writeZeroes : readOnly)
  return { size: BigInt(device.size), flags }
}
