import { readdir, readFile, writeFile } from 'node:fs/promises'
import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeDhcp, type DhcpPacket } from '#shared/wire/dhcp.ts'
import { bootEverybody } from '../policy.ts'
import { datagramsOf, type CapturedDatagram } from '../testing/pcap.ts'
import { DhcpResponder, type Arrival } from './responder.ts'

/**
 * What real firmware sent (tests/fixtures/pcap, see docs/boot.md) against what it is answered. After a
 * change that is meant: `UPDATE_GOLDEN=1 vitest run src/main/pxe/dhcp/captures.test.ts`, and read the
 * difference. Captures whose name begins with `full-` are answered as the DHCP server of the network.
 */
const FOLDER = new URL('../../../../tests/fixtures/pcap/', import.meta.url)
const captures = (await readdir(FOLDER)).filter((name) => name.endsWith('.pcap')).sort()

function responderFor(capture: string): DhcpResponder {
  const full = { pool: { first: '10.77.0.50', last: '10.77.0.60' }, netmask: '255.255.255.0', leaseSeconds: 3600, router: '10.77.0.254' }
  return new DhcpResponder({
    address: '10.77.0.1', httpBase: 'http://10.77.0.1:8080', policy: bootEverybody, ...(capture.startsWith('full-') && { full }),
  })
}

const PORTS: Readonly<Record<number, Arrival['port']>> = { 67: 'dhcp', 4011: 'proxy' }

async function clientDatagrams(capture: string): Promise<(CapturedDatagram & Arrival)[]> {
  const datagrams = datagramsOf(await readFile(new URL(capture, FOLDER)))
  return datagrams.flatMap((datagram) => {
    const port = PORTS[datagram.to.port]
    return port === undefined ? [] : [{ ...datagram, port, now: 0 }]
  })
}

/** A message as text that a person can compare: bytes in hexadecimal. */
function readable(packet: DhcpPacket): unknown {
  const { otherOptions, ...known } = packet
  const others = Object.fromEntries(Array.from(otherOptions, ([code, value]) => [code, value]))
  return JSON.parse(JSON.stringify({ ...known, otherOptions: others }, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value))
}

async function answers(capture: string): Promise<unknown[]> {
  const responder = responderFor(capture)
  return (await clientDatagrams(capture)).map((arrival) => {
    const { request, decision, reply } = responder.respond(arrival.payload, arrival)
    return {
      asked: request && readable(request.packet),
      client: request?.boot,
      decision,
      ...(reply && { to: reply.to, answered: readable(decodeDhcp(reply.bytes)) }),
    }
  })
}

describe.each(captures)('%s', (capture) => {
  const golden = new URL(capture.replace('.pcap', '.golden.json'), FOLDER)

  test('is answered as it was', async () => {
    const actual = `${JSON.stringify(await answers(capture), null, 2)}\n`
    if (process.env['UPDATE_GOLDEN'] === '1') await writeFile(golden, actual)
    expect(actual).toBe(await readFile(golden, 'utf8'))
  })

  test('gets its client a loader or a script', async () => {
    const decided = (await answers(capture)) as { decision: { boot?: { kind: string } } }[]
    expect(decided.map(({ decision }) => decision.boot?.kind)).toEqual(expect.arrayContaining([expect.stringMatching(/tftp|http|script/)]))
  })
})

test('there are captures of all firmware', () => {
  expect(captures).toEqual(expect.arrayContaining(['bios-ipxe-rom.pcap', 'uefi.pcap', 'uefi-secure-boot.pcap']))
})

test('20,000 damaged copies of captured messages are answered or counted, never thrown at', async () => {
  const payloads = (await Promise.all(captures.map(clientDatagrams))).flat().map(({ payload }) => payload)
  const responder = responderFor('full-')
  const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 })
  const arrival: Arrival = { port: 'dhcp', from: { address: '10.77.0.9', port: 68 }, now: 0 }
  const property = fc.property(fc.constantFrom(...payloads), edits, fc.option(fc.nat(400)), fc.boolean(), (payload, changes, length, proxy) => {
    const bytes = payload.slice(0, length ?? payload.length)
    for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value
    const { decision, reply } = responder.respond(bytes, { ...arrival, port: proxy ? 'proxy' : 'dhcp' })
    expect((decision.action === 'drop') === (reply === undefined)).toBe(true)
  })
  fc.assert(property, { numRuns: 20_000 })
})
