import { ByteReader, ByteWriter, DecodeError } from './bytes.ts'

/**
 * The transmission phase of the Network Block Device protocol, with simple replies:
 * https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md. How it begins is in nbd-handshake.ts.
 *
 *     C  request  0x25609513 | flags (u16) | command (u16) | cookie (u64) | offset (u64) | length (u32) | data of a write
 *     S  reply    0x67446698 | error (u32) | cookie (u64) | data of a read that succeeded
 *
 * Replies come in any order; the cookie says which request they answer. Big-endian.
 */

const REQUEST_MAGIC = 0x2560_9513
const REPLY_MAGIC = 0x6744_6698

/** Bytes of a request and of a reply, without the data that may follow. */
export const NBD_REQUEST_LENGTH = 28
export const NBD_REPLY_LENGTH = 16

export const NBD_COMMAND = { read: 0, write: 1, disconnect: 2, flush: 3, trim: 4, writeZeroes: 6 } as const

/** `fua`: on the medium before the reply. `noHole`: zeros are to take room. */
export const NBD_COMMAND_FLAG = { fua: 1, noHole: 2 } as const

/** Not the system's errno, though they look like Linux'. */
export const NBD_ERROR = {
  none: 0, notPermitted: 1, io: 5, noMemory: 12, invalid: 22, noSpace: 28, overflow: 75, unsupported: 95, shutdown: 108,
} as const

/** Data of one request: what clients take for granted when a server says nothing (32 MiB). */
export const MAX_NBD_PAYLOAD = 32 * 1024 * 1024

export type NbdFault = 'truncated' | 'bad-magic' | 'trailing-bytes'

export interface NbdRequest {
  /** Of `NBD_COMMAND_FLAG`. */
  flags: number
  /** One of `NBD_COMMAND`, or a number that nobody here knows. */
  command: number
  /** The client's name for the request. */
  cookie: bigint
  offset: bigint
  length: number
}

export interface NbdReply {
  /** One of `NBD_ERROR`. */
  error: number
  cookie: bigint
}

export function encodeNbdRequest({ flags, command, cookie, offset, length }: NbdRequest): Uint8Array {
  return new ByteWriter().u32(REQUEST_MAGIC).u16(flags).u16(command).u64(cookie).u64(offset).u32(length).finish()
}

/** @param bytes `NBD_REQUEST_LENGTH` of them */
export function decodeNbdRequest(bytes: Uint8Array): NbdRequest {
  return whole(bytes, REQUEST_MAGIC, (reader) => ({
    flags: reader.u16(), command: reader.u16(), cookie: reader.u64(), offset: reader.u64(), length: reader.u32(),
  }))
}

export function encodeNbdReply({ error, cookie }: NbdReply): Uint8Array {
  return new ByteWriter().u32(REPLY_MAGIC).u32(error).u64(cookie).finish()
}

/** @param bytes `NBD_REPLY_LENGTH` of them */
export function decodeNbdReply(bytes: Uint8Array): NbdReply {
  return whole(bytes, REPLY_MAGIC, (reader) => ({ error: reader.u32(), cookie: reader.u64() }))
}

function whole<T>(bytes: Uint8Array, magic: number, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(bytes)
  const found = reader.u32()
  const value = read(reader)
  if (reader.overrun) throw fault('truncated')
  if (found !== magic) throw fault('bad-magic')
  if (reader.remaining > 0) throw fault('trailing-bytes')
  return value
}

function fault(reason: NbdFault): DecodeError<NbdFault> {
  return new DecodeError(reason)
}
