import { DecodeError } from './bytes.ts'

/**
 * Datagrams of a multicast session (docs/multicast.md). Fields are big-endian:
 *
 *     0  u16  magic 0x434d, "CM"
 *     2  u8   version 1
 *     3  u8   kind: 1 data, 2 mixed, 3 position
 *     4  u32  session
 *     8  u32  sequence number: each datagram of a session has its own, counted from 0
 *     12 u32  unit
 *     16 …    data:     the bytes of `unit` and of those that follow it; all have UNIT bytes, the stream's last may be shorter
 *             mixed:    u16 each: how far behind `unit` the others are, ascending; then UNIT bytes: all of them XORed
 *             position: nothing; `unit` is how many units were sent so far
 *
 * On the wire each is followed by a tag of TAG_LENGTH bytes, which this codec does not see.
 */
export type MulticastPacket =
  | { kind: 'data'; session: number; seq: number; unit: number; payload: Uint8Array }
  | { kind: 'mixed'; session: number; seq: number; unit: number; behind: readonly number[]; payload: Uint8Array }
  | { kind: 'position'; session: number; seq: number; unit: number }

export type MulticastFault = 'truncated' | 'not-ours' | 'unknown-version' | 'unknown-kind' | 'wrong-length' | 'wrong-order'

/**
 * Bytes of the stream that are counted, lost and repaired together. With header, tag, and the distances of a mixed one, a unit
 * fits into an Ethernet frame: 16 + 14 + 1424 + 16 ≤ 1500 − 28.
 */
export const UNIT = 1424
export const HEADER_LENGTH = 16
export const TAG_LENGTH = 16
/** Units of one datagram: UDP over IPv4 carries 65,507 bytes. */
export const MAX_UNITS = 45
/** Units that one mixed datagram may stand for. */
export const MAX_MIXED = 8
export const MAX_BODY = HEADER_LENGTH + MAX_UNITS * UNIT

const MAGIC = 0x434d
const VERSION = 1
const KIND = { data: 1, mixed: 2, position: 3 } as const

/** Writes a packet at the start of `into`, which has room for MAX_BODY. @returns bytes written */
export function writeMulticast(packet: MulticastPacket, into: Uint8Array): number {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  view.setUint16(0, MAGIC)
  view.setUint8(2, VERSION)
  view.setUint8(3, KIND[packet.kind])
  view.setUint32(4, u32(packet.session))
  view.setUint32(8, u32(packet.seq))
  view.setUint32(12, u32(packet.unit))
  if (packet.kind === 'position') return HEADER_LENGTH
  const at = packet.kind === 'mixed' ? writeDistances(packet.behind, view) : HEADER_LENGTH
  checkPayload(packet)
  into.set(packet.payload, at)
  return at + packet.payload.length
}

export function encodeMulticast(packet: MulticastPacket): Uint8Array {
  const into = new Uint8Array(MAX_BODY)
  return into.slice(0, writeMulticast(packet, into))
}

/** Reads a packet without its tag. The payload is a view of `bytes`, not a copy. @throws DecodeError */
export function decodeMulticast(bytes: Uint8Array): MulticastPacket {
  if (bytes.length < HEADER_LENGTH) throw fault('truncated')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint16(0) !== MAGIC) throw fault('not-ours')
  if (view.getUint8(2) !== VERSION) throw fault('unknown-version', String(view.getUint8(2)))
  const session = view.getUint32(4)
  const seq = view.getUint32(8)
  const unit = view.getUint32(12)
  switch (view.getUint8(3)) {
    case KIND.data: return { kind: 'data', session, seq, unit, payload: dataPayload(bytes) }
    case KIND.mixed: return { kind: 'mixed', session, seq, unit, ...readMixed(bytes, view) }
    case KIND.position:
      if (bytes.length !== HEADER_LENGTH) throw fault('wrong-length')
      return { kind: 'position', session, seq, unit }
    default: throw fault('unknown-kind', String(view.getUint8(3)))
  }
}

/** The session that bytes claim to belong to, without any other look at them; `undefined` when they are none of ours. */
export function sessionOf(bytes: Uint8Array): number | undefined {
  if (bytes.length < HEADER_LENGTH + TAG_LENGTH || bytes[0] !== MAGIC >>> 8 || bytes[1] !== (MAGIC & 0xff)) return undefined
  return (((bytes[4] ?? 0) << 24) | ((bytes[5] ?? 0) << 16) | ((bytes[6] ?? 0) << 8) | (bytes[7] ?? 0)) >>> 0
}

function dataPayload(bytes: Uint8Array): Uint8Array {
  if (bytes.length === HEADER_LENGTH || bytes.length > MAX_BODY) throw fault('wrong-length')
  return bytes.subarray(HEADER_LENGTH)
}

function readMixed(bytes: Uint8Array, view: DataView): { behind: number[]; payload: Uint8Array } {
  const room = bytes.length - HEADER_LENGTH - UNIT
  if (room < 2 || room > 2 * (MAX_MIXED - 1) || room % 2 !== 0) throw fault('wrong-length')
  const behind = Array.from({ length: room / 2 }, (_, index) => view.getUint16(HEADER_LENGTH + 2 * index))
  if (!isAscending(behind)) throw fault('wrong-order')
  return { behind, payload: bytes.subarray(HEADER_LENGTH + room) }
}

function writeDistances(behind: readonly number[], view: DataView): number {
  if (behind.length < 1 || behind.length >= MAX_MIXED || !isAscending(behind)) throw new RangeError('not the distances of mixed units')
  behind.forEach((distance, index) => view.setUint16(HEADER_LENGTH + 2 * index, distance))
  return HEADER_LENGTH + 2 * behind.length
}

/** Each larger than the one before it, and none the unit itself. */
function isAscending(behind: readonly number[]): boolean {
  return behind.every((distance, index) => distance > (behind[index - 1] ?? 0) && distance <= 0xffff)
}

function checkPayload({ kind, payload }: Exclude<MulticastPacket, { kind: 'position' }>): void {
  const right = kind === 'mixed' ? payload.length === UNIT : payload.length > 0 && payload.length <= MAX_UNITS * UNIT
  if (!right) throw new RangeError(`a ${kind} packet of ${payload.length} bytes`)
}

function u32(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) throw new RangeError(`${value} is not within 32 bits`)
  return value
}

function fault(reason: MulticastFault, detail = ''): DecodeError<MulticastFault> {
  return new DecodeError(reason, detail)
}
