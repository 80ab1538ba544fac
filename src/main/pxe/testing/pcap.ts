/** A UDP datagram out of a capture. */
export interface CapturedDatagram {
  from: { address: string; port: number }
  to: { address: string; port: number }
  payload: Uint8Array
}

const GLOBAL_HEADER = 24
const RECORD_HEADER = 16
const ETHERNET_HEADER = 14
const IPV4 = 0x0800
const UDP = 17
const UDP_HEADER = 8

/** The UDP datagrams of a little-endian pcap file of Ethernet frames, in order; other packets are passed over. */
export function datagramsOf(capture: Buffer): CapturedDatagram[] {
  if (capture.readUInt32LE(0) !== 0xa1b2c3d4) throw new Error('not a little-endian pcap file')
  const datagrams: CapturedDatagram[] = []
  for (let offset = GLOBAL_HEADER; offset < capture.length; ) {
    const length = capture.readUInt32LE(offset + 8)
    const frame = capture.subarray(offset + RECORD_HEADER, offset + RECORD_HEADER + length)
    datagrams.push(...udpOf(frame))
    offset += RECORD_HEADER + length
  }
  return datagrams
}

function udpOf(frame: Buffer): CapturedDatagram[] {
  const packet = frame.subarray(ETHERNET_HEADER)
  if (frame.readUInt16BE(12) !== IPV4 || packet[9] !== UDP) return []
  const datagram = packet.subarray((packet.readUInt8(0) & 0x0f) * 4)
  const address = (at: number) => [...packet.subarray(at, at + 4)].join('.')
  return [{
    from: { address: address(12), port: datagram.readUInt16BE(0) },
    to: { address: address(16), port: datagram.readUInt16BE(2) },
    payload: new Uint8Array(datagram.subarray(UDP_HEADER, datagram.readUInt16BE(4))),
  }]
}
