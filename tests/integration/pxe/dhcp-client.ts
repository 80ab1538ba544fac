/**
 * A PXE client without a firmware, for a network namespace. Speaks from port 68 as a client does:
 * `conversation` goes the whole way from DISCOVER to the boot server on 4011, `release ADDRESS` gives an
 * address back, `fuzz COUNT FILE…` sends damaged copies of captured messages. Tells what it got as one JSON line.
 */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { decodeDhcp, encodeDhcp, type DhcpPacket } from '#shared/wire/dhcp.ts'
import type { DhcpMessageType, DhcpOptions } from '#shared/wire/dhcp-options.ts'
import { readFile } from 'node:fs/promises'
import { datagramsOf } from '../../../src/main/pxe/testing/pcap.ts'

const CONSOLE = '10.77.0.1'

const firmware: DhcpOptions = {
  vendorClass: 'PXEClient:Arch:00007:UNDI:003016', clientArchitectures: [7], clientMachineId: new Uint8Array(17).fill(7, 1),
  parameterRequestList: [1, 3, 43, 60, 66, 67],
}

function message(messageType: DhcpMessageType, options: DhcpOptions = {}, fields: Partial<DhcpPacket> = {}): Uint8Array {
  return encodeDhcp({
    op: 'request', hardwareType: 1, hardwareAddress: Uint8Array.of(0x52, 0x54, 0, 0x77, 0, 9), hops: 0, transactionId: 0x77,
    seconds: 0, broadcast: true, clientAddress: '0.0.0.0', yourAddress: '0.0.0.0', serverAddress: '0.0.0.0',
    relayAddress: '0.0.0.0', serverName: '', bootFile: '', otherOptions: new Map(), ...fields,
    options: { ...firmware, ...options, messageType },
  })
}

/** What comes within `milliseconds` of sending. */
async function ask(socket: Socket, bytes: Uint8Array, port: number, address: string, milliseconds = 1500): Promise<DhcpPacket[]> {
  const answers: DhcpPacket[] = []
  const collect = (answer: Uint8Array) => { answers.push(decodeDhcp(answer)) }
  socket.on('message', collect)
  socket.send(bytes, port, address)
  await delay(milliseconds)
  socket.off('message', collect)
  return answers
}

const summary = ({ options, yourAddress, bootFile }: DhcpPacket) =>
  ({ type: options.messageType, from: options.serverId, yourAddress, bootFile, vendorClass: options.vendorClass })

async function conversation(socket: Socket): Promise<unknown> {
  const offers = await ask(socket, message('discover'), 67, '255.255.255.255', 4000)
  const lent = offers.find(({ yourAddress }) => yourAddress !== '0.0.0.0')
  const chosen = { serverId: lent?.options.serverId ?? '', requestedAddress: lent?.yourAddress ?? '' }
  const acknowledged = await ask(socket, message('request', chosen), 67, '255.255.255.255')
  const bootServer = await ask(socket, message('request', {}, { clientAddress: '10.77.0.9' }), 4011, CONSOLE)
  return { offers: offers.map(summary), acknowledged: acknowledged.map(summary), bootServer: bootServer.map(summary) }
}

async function release(socket: Socket, address: string): Promise<unknown> {
  return (await ask(socket, message('release', { serverId: CONSOLE }, { clientAddress: address }), 67, CONSOLE, 300)).map(summary)
}

/** Deterministic, so that a failure can be seen again. */
function* numbers(seed: number): Generator<number, never> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    yield state >>> 8
  }
}

async function fuzz(socket: Socket, count: number, files: readonly string[]): Promise<unknown> {
  const captured = (await Promise.all(files.map(async (file) => datagramsOf(await readFile(file))))).flat()
  const source = numbers(1)
  const next = (below: number) => source.next().value % below
  for (let sent = 0; sent < count; sent++) {
    const original = captured[next(captured.length)]?.payload ?? new Uint8Array(1)
    const bytes = original.slice(0, next(3) === 0 ? next(original.length) : original.length)
    for (let edits = next(20); edits > 0 && bytes.length > 0; edits--) bytes[next(bytes.length)] = next(256)
    socket.send(bytes, next(2) === 0 ? 67 : 4011, CONSOLE)
    if (sent % 20 === 0) await delay(1)
  }
  await delay(500)
  const alive = await ask(socket, message('discover'), 67, '255.255.255.255')
  return { alive: alive.map(summary) }
}

const socket = createSocket('udp4')
socket.bind(68)
await once(socket, 'listening')
socket.setBroadcast(true)
const [what, argument = '', ...files] = process.argv.slice(2)
const verbs: Record<string, () => Promise<unknown>> = {
  conversation: () => conversation(socket),
  release: () => release(socket, argument),
  fuzz: () => fuzz(socket, Number(argument), files),
}
const result = await verbs[what ?? '']?.()
process.stdout.write(`${JSON.stringify(result)}\n`)
socket.close()
