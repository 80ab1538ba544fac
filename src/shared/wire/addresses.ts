/** An IPv4 address in dotted decimal, `10.77.0.1`: how the rest of the console writes it. */
export type Ipv4 = string

export const UNSPECIFIED: Ipv4 = '0.0.0.0'
export const LIMITED_BROADCAST: Ipv4 = '255.255.255.255'

/** The address as an unsigned 32-bit number; anything but four decimal octets throws RangeError. */
export function ipv4ToNumber(address: Ipv4): number {
  const octets = address.split('.')
  const valid = octets.length === 4 && octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) <= 255)
  if (!valid) throw new RangeError(`not an IPv4 address: ${JSON.stringify(address)}`)
  return octets.reduce((number, octet) => number * 256 + Number(octet), 0)
}

export function numberToIpv4(number: number): Ipv4 {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.')
}

/** Six bytes as `52:54:00:77:00:01`. */
export function bytesToMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

/** The inverse of `bytesToMac`; anything but six hexadecimal pairs throws RangeError. */
export function macToBytes(mac: string): Uint8Array {
  if (!/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(mac)) throw new RangeError(`not a MAC address: ${JSON.stringify(mac)}`)
  return Uint8Array.from(mac.split(':'), (pair) => Number.parseInt(pair, 16))
}
