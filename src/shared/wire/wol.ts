import { ByteReader, ByteWriter, DecodeError } from './bytes.ts'
import { bytesToMac, macToBytes } from './addresses.ts'

/**
 * The Wake on LAN magic packet (AMD "Magic Packet Technology", publication 20213): six FF bytes, the
 * card's address sixteen times, and for cards set up with one a SecureOn password.
 *
 *     +--------------+---------------------------+--------------------------+
 *     | FF × 6       | MAC address (6 bytes) × 16 | password, 0, 4 or 6 bytes |
 *     +--------------+---------------------------+--------------------------+
 */
export interface MagicPacket {
  /** `52:54:00:77:00:01` */
  mac: string
  /** SecureOn password: 4 or 6 bytes. */
  password?: Uint8Array
}

export type MagicPacketFault = 'no-synchronisation' | 'bad-length' | 'mac-not-repeated'

const REPETITIONS = 16
const SYNCHRONISATION = new Uint8Array(6).fill(0xff)

export function encodeMagicPacket(packet: MagicPacket): Uint8Array {
  const { password = new Uint8Array(0) } = packet
  if (![0, 4, 6].includes(password.length)) throw new RangeError('a SecureOn password has 4 or 6 bytes')
  const mac = macToBytes(packet.mac)
  const writer = new ByteWriter().bytes(SYNCHRONISATION)
  for (let count = 0; count < REPETITIONS; count++) writer.bytes(mac)
  return writer.bytes(password).finish()
}

/** @throws DecodeError<MagicPacketFault> */
export function decodeMagicPacket(bytes: Uint8Array): MagicPacket {
  const reader = new ByteReader(bytes)
  if (reader.bytes(6).some((byte) => byte !== 0xff)) throw fault('no-synchronisation')
  const macs = Array.from({ length: REPETITIONS }, () => bytesToMac(reader.bytes(6)))
  if (reader.overrun || ![0, 4, 6].includes(reader.remaining)) throw fault('bad-length')
  const [mac = ''] = macs
  if (macs.some((other) => other !== mac)) throw fault('mac-not-repeated')
  const password = reader.rest()
  return password.length === 0 ? { mac } : { mac, password }
}

function fault(reason: MagicPacketFault): DecodeError<MagicPacketFault> {
  return new DecodeError(reason)
}
