import { numberToIpv4, ipv4ToNumber, type Ipv4 } from './addresses.ts'
import { ByteReader, ByteWriter, bytesToText, DecodeError, textToBytes } from './bytes.ts'
import {
  DHCP_OPTION_CODECS, type DhcpMessageType, type DhcpOptionName, type DhcpOptions,
} from './dhcp-options.ts'

/**
 * A DHCP message (RFC 2131 §2) inside the BOOTP frame (RFC 951).
 *
 *     0                   1                   2                   3
 *     +---------------+---------------+---------------+---------------+
 *     |     op (1)    |   htype (1)   |   hlen (1)    |   hops (1)    |
 *     +---------------+---------------+---------------+---------------+
 *     |                            xid (4)                            |
 *     +-------------------------------+-------------------------------+
 *     |           secs (2)            |           flags (2)           |
 *     +-------------------------------+-------------------------------+
 *     |          ciaddr (4) · yiaddr (4) · siaddr (4) · giaddr (4)    |
 *     +---------------------------------------------------------------+
 *     |          chaddr (16) · sname (64) · file (128)                |
 *     +---------------------------------------------------------------+
 *     |          magic cookie 63 82 53 63 · options (variable)        |
 *     +---------------------------------------------------------------+
 */
export interface DhcpPacket {
  op: 'request' | 'reply'
  /** IANA hardware type; 1 is Ethernet. */
  hardwareType: number
  /** `chaddr`, cut to `hlen`: 0–16 bytes. */
  hardwareAddress: Uint8Array
  hops: number
  transactionId: number
  /** Seconds since the client began. */
  seconds: number
  /** The client cannot take unicast before it has an address (RFC 2131 §4.1). */
  broadcast: boolean
  clientAddress: Ipv4
  yourAddress: Ipv4
  serverAddress: Ipv4
  relayAddress: Ipv4
  /** `sname`; empty when the field carries options (option 52). */
  serverName: string
  /** `file`; empty when the field carries options (option 52). */
  bootFile: string
  options: DhcpOptions & { messageType: DhcpMessageType }
  /** Options that nobody here interprets, code → bytes. */
  otherOptions: ReadonlyMap<number, Uint8Array>
}

export type DhcpFault =
  | 'truncated' | 'bad-op' | 'bad-hardware-length' | 'bad-cookie' | 'truncated-option' | 'missing-end'
  | 'unterminated-name' | 'bad-overload' | 'bad-option' | 'no-message-type'

const COOKIE = 0x63_82_53_63
const BROADCAST_FLAG = 0x8000
const HEADER_LENGTH = 240
const FILE_LENGTH = 128
const SERVER_NAME_LENGTH = 64
/** BOOTP's whole message (RFC 1542 §2.1): relays and ROMs drop shorter ones. */
const MINIMUM_LENGTH = 300
/** The largest payload that IPv4 UDP can carry. */
const MAXIMUM_LENGTH = 65_507

const OPTION = { pad: 0, overload: 52, end: 255 } as const
const OVERLOAD = { file: 1, serverName: 2 } as const
const NAMES = Object.keys(DHCP_OPTION_CODECS) as DhcpOptionName[]
const NAME_BY_CODE = new Map(NAMES.map((name) => [DHCP_OPTION_CODECS[name].code, name]))

/** @throws DecodeError<DhcpFault> */
export function decodeDhcp(bytes: Uint8Array): DhcpPacket {
  const reader = new ByteReader(bytes)
  const op = reader.u8()
  const hardwareType = reader.u8()
  const hardwareLength = reader.u8()
  const hops = reader.u8()
  const transactionId = reader.u32()
  const seconds = reader.u16()
  const broadcast = (reader.u16() & BROADCAST_FLAG) !== 0
  const [clientAddress, yourAddress, serverAddress, relayAddress] = readAddresses(reader)
  const hardwareField = reader.bytes(16)
  const serverNameField = reader.bytes(SERVER_NAME_LENGTH)
  const fileField = reader.bytes(FILE_LENGTH)
  const cookie = reader.u32()
  if (reader.overrun) throw fault('truncated')
  if (op !== 1 && op !== 2) throw fault('bad-op', String(op))
  if (hardwareLength > 16) throw fault('bad-hardware-length', String(hardwareLength))
  if (cookie !== COOKIE) throw fault('bad-cookie')

  const values = new OptionCollector()
  values.collect(reader.rest())
  const overload = values.takeOverload()
  if (overload & OVERLOAD.file) values.collect(fileField)
  if (overload & OVERLOAD.serverName) values.collect(serverNameField)
  if (overload !== 0 && values.takeOverload() !== 0) throw fault('bad-overload', 'option 52 inside an overloaded field')

  return {
    op: op === 1 ? 'request' : 'reply',
    hardwareType,
    hardwareAddress: hardwareField.slice(0, hardwareLength),
    hops,
    transactionId,
    seconds,
    broadcast,
    clientAddress,
    yourAddress,
    serverAddress,
    relayAddress,
    serverName: overload & OVERLOAD.serverName ? '' : terminated(serverNameField),
    bootFile: overload & OVERLOAD.file ? '' : terminated(fileField),
    ...values.decode(),
  }
}

/**
 * Gathers options from the areas of a message. The pieces of an option that occurs more than once are
 * joined in the order options, file, sname (RFC 3396).
 */
class OptionCollector {
  readonly #pieces = new Map<number, Uint8Array[]>()

  collect(area: Uint8Array): void {
    const reader = new ByteReader(area)
    while (reader.remaining > 0) {
      const code = reader.u8()
      if (code === OPTION.pad) continue
      if (code === OPTION.end) return
      const value = reader.bytes(reader.u8())
      if (reader.overrun) throw fault('truncated-option', String(code))
      const pieces = this.#pieces.get(code)
      if (pieces === undefined) this.#pieces.set(code, [value])
      else pieces.push(value)
    }
    throw fault('missing-end')
  }

  /** Option 52 (RFC 2132 §9.3) as bits, removed from the collection; 0 when absent. */
  takeOverload(): number {
    const pieces = this.#pieces.get(OPTION.overload)
    if (pieces === undefined) return 0
    this.#pieces.delete(OPTION.overload)
    const [bits = 0, ...rest] = join(pieces)
    if (rest.length > 0 || bits < 1 || bits > 3) throw fault('bad-overload')
    return bits
  }

  decode(): Pick<DhcpPacket, 'options' | 'otherOptions'> {
    const known: DhcpOptions = {}
    const otherOptions = new Map<number, Uint8Array>()
    for (const [code, pieces] of this.#pieces) {
      const name = NAME_BY_CODE.get(code)
      if (name === undefined) otherOptions.set(code, join(pieces))
      else setDecoded(known, name, join(pieces))
    }
    const { messageType } = known
    if (messageType === undefined) throw fault('no-message-type', 'plain BOOTP')
    return { options: { ...known, messageType }, otherOptions }
  }
}

function setDecoded<Name extends DhcpOptionName>(options: DhcpOptions, name: Name, bytes: Uint8Array): void {
  const codec = DHCP_OPTION_CODECS[name]
  const value = codec.decode(bytes)
  if (value === undefined) throw fault('bad-option', `${codec.code} (${name})`)
  options[name] = value
}

/**
 * `maxLength` is what the client takes as UDP payload. Options that do not fit go whole into `file`
 * and `sname` where those are empty (option 52); RangeError when they still do not fit.
 */
export function encodeDhcp(packet: DhcpPacket, maxLength = MAXIMUM_LENGTH): Uint8Array {
  const { options, file, serverName } = layOut(packet, maxLength - HEADER_LENGTH)
  const writer = new ByteWriter()
    .u8(packet.op === 'request' ? 1 : 2)
    .u8(packet.hardwareType)
    .u8(packet.hardwareAddress.length)
    .u8(packet.hops)
    .u32(packet.transactionId)
    .u16(packet.seconds)
    .u16(packet.broadcast ? BROADCAST_FLAG : 0)
    .u32(ipv4ToNumber(packet.clientAddress))
    .u32(ipv4ToNumber(packet.yourAddress))
    .u32(ipv4ToNumber(packet.serverAddress))
    .u32(ipv4ToNumber(packet.relayAddress))
    .padded(packet.hardwareAddress, 16)
    .padded(serverName ?? terminatedBytes(packet.serverName, SERVER_NAME_LENGTH), SERVER_NAME_LENGTH)
    .padded(file ?? terminatedBytes(packet.bootFile, FILE_LENGTH), FILE_LENGTH)
    .u32(COOKIE)
    .bytes(options)
  return writer.zeros(Math.max(0, MINIMUM_LENGTH - writer.length)).finish()
}

interface Layout {
  options: Uint8Array
  file?: Uint8Array
  serverName?: Uint8Array
}

/** Puts each option into the first area with room for all of it. */
function layOut(packet: DhcpPacket, capacity: number): Layout {
  const encoded = encodeOptions(packet)
  const whole = join([...encoded, Uint8Array.of(OPTION.end)])
  if (whole.length <= capacity) return { options: whole }

  const main = new Area(capacity - 3)
  const file = new Area(packet.bootFile === '' ? FILE_LENGTH : 0)
  const serverName = new Area(packet.serverName === '' ? SERVER_NAME_LENGTH : 0)
  for (const option of encoded) {
    if (![main, file, serverName].some((area) => area.add(option))) {
      throw new RangeError(`the options do not fit into ${capacity} bytes`)
    }
  }
  const bits = (file.used ? OVERLOAD.file : 0) | (serverName.used ? OVERLOAD.serverName : 0)
  return {
    options: join([Uint8Array.of(OPTION.overload, 1, bits), main.finish()]),
    ...(file.used && { file: file.finish() }),
    ...(serverName.used && { serverName: serverName.finish() }),
  }
}

class Area {
  readonly #options: Uint8Array[] = []
  #free: number

  constructor(capacity: number) {
    this.#free = capacity - 1 // the end option
  }

  get used(): boolean {
    return this.#options.length > 0
  }

  add(option: Uint8Array): boolean {
    if (option.length > this.#free) return false
    this.#options.push(option)
    this.#free -= option.length
    return true
  }

  finish(): Uint8Array {
    return join([...this.#options, Uint8Array.of(OPTION.end)])
  }
}

/** Each option with its headers, the message type first: some clients look no further. */
function encodeOptions(packet: DhcpPacket): Uint8Array[] {
  const known = NAMES.flatMap((name) => encodeKnown(packet.options, name) ?? [])
  const others = Array.from(packet.otherOptions, ([code, value]) => withHeaders(uninterpreted(code), value))
  return [...known, ...others]
}

function encodeKnown<Name extends DhcpOptionName>(options: DhcpOptions, name: Name): Uint8Array | undefined {
  const value = options[name]
  if (value === undefined) return undefined
  const codec = DHCP_OPTION_CODECS[name]
  return withHeaders(codec.code, codec.encode(value))
}

function uninterpreted(code: number): number {
  const reserved: readonly number[] = Object.values(OPTION)
  if (reserved.includes(code) || NAME_BY_CODE.has(code)) throw new RangeError(`option ${code} is not for otherOptions`)
  return code
}

/** A value of more than 255 bytes goes as several options of the same code (RFC 3396). */
function withHeaders(code: number, value: Uint8Array): Uint8Array {
  const writer = new ByteWriter()
  let offset = 0
  do {
    const piece = value.subarray(offset, offset + 255)
    writer.u8(code).u8(piece.length).bytes(piece)
    offset += 255
  } while (offset < value.length)
  return writer.finish()
}

function readAddresses(reader: ByteReader): [Ipv4, Ipv4, Ipv4, Ipv4] {
  const next = () => numberToIpv4(reader.u32())
  return [next(), next(), next(), next()]
}

function terminated(field: Uint8Array): string {
  const end = field.indexOf(0)
  if (end < 0) throw fault('unterminated-name')
  return bytesToText(field.subarray(0, end))
}

function terminatedBytes(text: string, width: number): Uint8Array {
  const bytes = textToBytes(text)
  if (bytes.length >= width || bytes.includes(0)) throw new RangeError(`${JSON.stringify(text)} does not fit into ${width} bytes`)
  return bytes
}

function join(pieces: readonly Uint8Array[]): Uint8Array {
  return pieces.reduce((writer, piece) => writer.bytes(piece), new ByteWriter()).finish()
}

function fault(reason: DhcpFault, detail = ''): DecodeError<DhcpFault> {
  return new DecodeError(reason, detail)
}
