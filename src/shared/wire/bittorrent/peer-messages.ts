import { assertNever } from '../../domain/errors.ts'
import { ByteReader, ByteWriter, DecodeError } from '../bytes.ts'

/**
 * What peers say to each other: the handshake and the messages of BEP 3, and those of the fast extension (BEP 6).
 *
 *     handshake  19 | "BitTorrent protocol" | reserved (8) | infohash (20) | peer id (20)
 *     message    length (u32) | kind (u8) | payload; a length of 0 keeps a connection alive
 *
 * Big-endian. Messages here are without their length: `PeerMessageReader` takes it off, `encodePeerMessage` puts it on.
 */

/** Bytes of a block: what everybody asks for at a time. */
export const BLOCK_LENGTH = 16 * 1024
/** Bytes that a request may ask for; others ask for more than a block at times, and get it up to here. */
export const MAX_REQUEST = 128 * 1024
export const PEER_ID_LENGTH = 20
export const HANDSHAKE_LENGTH = 68

const PROTOCOL = Uint8Array.from([19, ...Array.from('BitTorrent protocol', (character) => character.charCodeAt(0))])
/** The bit of BEP 6, in the last reserved byte. */
const FAST_BIT = 0x04

export interface Handshake {
  infoHash: Uint8Array
  peerId: Uint8Array
  /** Knows the fast extension. */
  fast: boolean
}

export interface BlockRequest {
  piece: number
  /** Bytes from the start of the piece. */
  begin: number
  /** Bytes. */
  length: number
}

export type PeerMessage =
  | { kind: 'keepAlive' | 'choke' | 'unchoke' | 'interested' | 'notInterested' | 'haveAll' | 'haveNone' }
  | { kind: 'have' | 'suggest' | 'allowedFast'; piece: number }
  | { kind: 'bitfield'; bits: Uint8Array }
  | ({ kind: 'request' | 'cancel' | 'reject' } & BlockRequest)
  | { kind: 'piece'; piece: number; begin: number; block: Uint8Array }
  /** A kind that nobody here knows: of an extension, and not for us. */
  | { kind: 'unknown'; id: number; payload: Uint8Array }

export type PeerFault = 'truncated' | 'not-bittorrent' | 'trailing-bytes' | 'too-long'

const BARE = { choke: 0, unchoke: 1, interested: 2, notInterested: 3, haveAll: 0x0e, haveNone: 0x0f } as const
const PIECES = { have: 4, suggest: 0x0d, allowedFast: 0x11 } as const
const BLOCKS = { request: 6, cancel: 8, reject: 0x10 } as const
const BITFIELD = 5
const PIECE = 7

const NOTHING: Uint8Array = new Uint8Array(0)

const bareById = byId(BARE)
const piecesById = byId(PIECES)
const blocksById = byId(BLOCKS)

/** Bytes in front of a block: length, kind, piece, begin. */
const PIECE_HEADER = 13

export function encodeHandshake({ infoHash, peerId, fast }: Handshake): Uint8Array {
  const reserved = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, fast ? FAST_BIT : 0)
  return new ByteWriter().bytes(PROTOCOL).bytes(reserved).padded(infoHash, 20).padded(peerId, PEER_ID_LENGTH).finish()
}

/** @throws DecodeError `PeerFault` */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  const reader = new ByteReader(bytes)
  const protocol = reader.bytes(PROTOCOL.length)
  const reserved = reader.bytes(8)
  const handshake = { infoHash: reader.bytes(20), peerId: reader.bytes(PEER_ID_LENGTH), fast: ((reserved[7] ?? 0) & FAST_BIT) !== 0 }
  if (reader.overrun) throw fault('truncated')
  if (!protocol.every((byte, at) => byte === PROTOCOL[at])) throw fault('not-bittorrent')
  if (reader.remaining > 0) throw fault('trailing-bytes')
  return handshake
}

/** The message as it goes out, its length in front. There are thousands a second: each is one allocation. */
export function encodePeerMessage(message: PeerMessage): Uint8Array {
  switch (message.kind) {
    case 'keepAlive': return new Uint8Array(4)
    case 'have': case 'suggest': case 'allowedFast': return framed(PIECES[message.kind], [message.piece])
    case 'bitfield': return framed(BITFIELD, [], message.bits)
    case 'request': case 'cancel': case 'reject': return framed(BLOCKS[message.kind], [message.piece, message.begin, message.length])
    case 'piece': return framed(PIECE, [message.piece, message.begin], message.block)
    case 'unknown': return framed(message.id, [], message.payload)
    case 'choke': case 'unchoke': case 'interested': case 'notInterested': case 'haveAll': case 'haveNone': return framed(BARE[message.kind])
    default: return assertNever(message)
  }
}

/** Several messages, one behind the other. */
export function encodePeerMessages(messages: readonly PeerMessage[]): Uint8Array {
  const encoded = messages.map(encodePeerMessage)
  if (encoded.length === 1) return encoded[0]!
  const bytes = new Uint8Array(encoded.reduce((length, message) => length + message.length, 0))
  let at = 0
  for (const message of encoded) {
    bytes.set(message, at)
    at += message.length
  }
  return bytes
}

/** What goes out in front of a block, so that a block that was read from a file need not be copied. */
export function encodePieceHeader(piece: number, begin: number, length: number): Uint8Array {
  const header = new Uint8Array(PIECE_HEADER)
  putU32(header, 0, 9 + length)
  header[4] = PIECE
  putU32(header, 5, piece)
  putU32(header, 9, begin)
  return header
}

/**
 * @param bytes a message without its length
 * @returns what it says; blocks, bitfields and unknown payloads are views of `bytes`
 * @throws DecodeError `PeerFault`
 */
export function decodePeerMessage(bytes: Uint8Array): PeerMessage {
  const id = bytes[0]
  if (id === undefined) return { kind: 'keepAlive' }
  const bare = bareById.get(id)
  if (bare) return exactly(bytes, 1, () => ({ kind: bare }))
  const pieces = piecesById.get(id)
  if (pieces) return exactly(bytes, 5, (view) => ({ kind: pieces, piece: view.getUint32(1) }))
  const blocks = blocksById.get(id)
  if (blocks) return exactly(bytes, 13, (view) => ({ kind: blocks, piece: view.getUint32(1), begin: view.getUint32(5), length: view.getUint32(9) }))
  if (id === BITFIELD) return { kind: 'bitfield', bits: bytes.subarray(1) }
  if (id !== PIECE) return { kind: 'unknown', id, payload: bytes.subarray(1) }
  if (bytes.length < 9) throw fault('truncated')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return { kind: 'piece', piece: view.getUint32(1), begin: view.getUint32(5), block: bytes.subarray(9) }
}

function exactly(bytes: Uint8Array, length: number, read: (view: DataView) => PeerMessage): PeerMessage {
  if (bytes.length < length) throw fault('truncated')
  if (bytes.length > length) throw fault('trailing-bytes')
  return read(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength))
}

/** @param fields of 32 bits each */
function framed(id: number, fields: readonly number[] = [], rest = NOTHING): Uint8Array {
  const length = 1 + fields.length * 4 + rest.length
  const bytes = new Uint8Array(4 + length)
  putU32(bytes, 0, length)
  bytes[4] = id
  for (let index = 0; index < fields.length; index += 1) putU32(bytes, 5 + index * 4, fields[index]!)
  if (rest.length > 0) bytes.set(rest, 5 + fields.length * 4)
  return bytes
}

/** Without a DataView, which is one more object for each of thousands of messages a second. */
function putU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

function byId<Kind extends string>(ids: Readonly<Record<Kind, number>>): ReadonlyMap<number, Kind> {
  return new Map(Object.entries<number>(ids).map(([kind, id]) => [id, kind as Kind]))
}

function fault(reason: PeerFault): DecodeError<PeerFault> {
  return new DecodeError(reason)
}
