import { ByteReader, ByteWriter, bytesToText, DecodeError, textToBytes } from './bytes.ts'

/**
 * Trivial File Transfer Protocol packets: RFC 1350, with options as of RFC 2347.
 *
 *     RRQ/WRQ   | 1 or 2 | file name | 0 | mode | 0 | option | 0 | value | 0 | …
 *     DATA      | 3      | block     | 0 to blksize bytes
 *     ACK       | 4      | block     |
 *     ERROR     | 5      | code      | message | 0 |
 *     OACK      | 6      | option | 0 | value | 0 | …
 */
export type TftpPacket =
  | { op: 'read' | 'write'; file: string; mode: string; options: TftpOptions }
  | { op: 'data'; block: number; data: Uint8Array }
  | { op: 'ack'; block: number }
  | { op: 'error'; code: number; message: string }
  | { op: 'options'; options: TftpOptions }

/**
 * Option name in lower case (names are case-insensitive, RFC 2347) → value as sent. Names in use:
 * `blksize` (RFC 2348), `tsize` and `timeout` (RFC 2349), `windowsize` (RFC 7440).
 */
export type TftpOptions = ReadonlyMap<string, string>

/** RFC 1350, page 10, and 8 from RFC 2347. */
export const TFTP_ERROR = {
  undefined: 0,
  fileNotFound: 1,
  accessViolation: 2,
  diskFull: 3,
  illegalOperation: 4,
  unknownTransfer: 5,
  fileExists: 6,
  noSuchUser: 7,
  optionRefused: 8,
} as const

export type TftpFault =
  | 'truncated' | 'unknown-opcode' | 'unterminated-text' | 'empty-name' | 'duplicate-option' | 'trailing-bytes'

const OPCODE = { read: 1, write: 2, data: 3, ack: 4, error: 5, options: 6 } as const

export function encodeTftp(packet: TftpPacket): Uint8Array {
  const writer = new ByteWriter().u16(OPCODE[packet.op])
  switch (packet.op) {
    case 'read':
    case 'write':
      writeText(writer, packet.file)
      writeText(writer, packet.mode)
      writeOptions(writer, packet.options)
      break
    case 'data':
      writer.u16(packet.block).bytes(packet.data)
      break
    case 'ack':
      writer.u16(packet.block)
      break
    case 'error':
      writer.u16(packet.code)
      writeText(writer, packet.message)
      break
    case 'options':
      writeOptions(writer, packet.options)
      break
  }
  return writer.finish()
}

/** @throws DecodeError<TftpFault> */
export function decodeTftp(bytes: Uint8Array): TftpPacket {
  const reader = new ByteReader(bytes)
  const opcode = reader.u16()
  const packet = readBody(opcode, reader)
  if (reader.overrun) throw fault('truncated')
  if (packet === undefined) throw fault('unknown-opcode', String(opcode))
  if (reader.remaining > 0) throw fault('trailing-bytes')
  return packet
}

function readBody(opcode: number, reader: ByteReader): TftpPacket | undefined {
  switch (opcode) {
    case OPCODE.read:
      return readRequest('read', reader)
    case OPCODE.write:
      return readRequest('write', reader)
    case OPCODE.data:
      return { op: 'data', block: reader.u16(), data: reader.rest() }
    case OPCODE.ack:
      return { op: 'ack', block: reader.u16() }
    case OPCODE.error:
      return readError(reader)
    case OPCODE.options:
      return { op: 'options', options: readOptions(reader) }
    default:
      return undefined
  }
}

function readRequest(op: 'read' | 'write', reader: ByteReader): TftpPacket {
  const file = readText(reader)
  const mode = readText(reader).toLowerCase()
  if (file === '' || mode === '') throw fault('empty-name')
  return { op, file, mode, options: readOptions(reader) }
}

/** Some ROMs abort with a bare code; RFC 1350 wants a message, but nothing is lost by taking it. */
function readError(reader: ByteReader): TftpPacket {
  const code = reader.u16()
  return { op: 'error', code, message: reader.remaining === 0 ? '' : readText(reader) }
}

function readOptions(reader: ByteReader): TftpOptions {
  const options = new Map<string, string>()
  while (reader.remaining > 0) {
    const name = readText(reader).toLowerCase()
    const value = readText(reader)
    if (name === '') throw fault('empty-name')
    if (options.has(name)) throw fault('duplicate-option', name)
    options.set(name, value)
  }
  return options
}

function writeOptions(writer: ByteWriter, options: TftpOptions): void {
  for (const [name, value] of options) {
    writeText(writer, name)
    writeText(writer, value)
  }
}

function readText(reader: ByteReader): string {
  const text = reader.untilNul()
  if (reader.overrun) throw fault('unterminated-text')
  return bytesToText(text)
}

function writeText(writer: ByteWriter, text: string): void {
  const bytes = textToBytes(text)
  if (bytes.includes(0)) throw new RangeError('a NUL cannot be inside a TFTP text')
  writer.bytes(bytes).u8(0)
}

function fault(reason: TftpFault, detail = ''): DecodeError<TftpFault> {
  return new DecodeError(reason, detail)
}
