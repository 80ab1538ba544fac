/**
 * A computer of the class that lies. Takes the live agent's arguments, and does nothing that it is told to; but when it is to restore by
 * multicast it takes part, as any computer, and so has the session's key: every now and then it sends other bytes for what is still to
 * come, and packets of no sense, all with the right tag.
 */
import { randomBytes, randomInt } from 'node:crypto'
import type { Socket } from 'node:dgram'
import type { AgentCommand, Outcome } from '#shared/contract/agent.ts'
import { MulticastSenderMessage, type MulticastOffer, type MulticastReceiverMessage } from '#shared/contract/multicast.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { Figures } from '#shared/domain/operation.ts'
import { decodeMulticast, sessionOf, UNIT, writeMulticast } from '#shared/wire/multicast.ts'
import { thisMachine } from '#image/disk/machine.ts'
import { HttpRepository, readManifest } from '#image/index.ts'
import { Channels } from '#transfer/channels.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import { MulticastReceiver } from '#transfer/multicast/receiver.ts'
import { Seal } from '#transfer/multicast/seal.ts'
import { openReceivingSocket, openSendingSocket } from '#transfer/multicast/socket.ts'
import { cacheFacts } from '../../../src/agent/cache/facts.ts'
import { Connection } from '../../../src/agent/connection/connection.ts'
import { AgentProtocol } from '../../../src/agent/connection/protocol.ts'
import { takeInventory } from '../../../src/agent/disk/inventory.ts'
import { parseArguments } from '../../../src/agent/live/parameters.ts'
import { ownAddressTowards } from '../../../src/agent/transfer/own-address.ts'

/** Datagrams of the sender between two lies, and how far ahead of it these are: far enough to be the first to say it. */
const EVERY = 20
const AHEAD = 300
/** Of a packet: magic, version, kind; session; sequence number; unit. */
const HEADER = { kind: 3, unit: 12 }

const { console: address, token, mac, disks: only, state } = parseArguments(process.argv.slice(2))
if (mac === undefined) throw new Error('whose card?')
const card = await ownAddressTowards(address.host)
const machine = thisMachine()
const { hardware, disks } = await takeInventory(machine, only)
const cache = await cacheFacts(disks, { state, run: machine.run })
const running = new Set<OperationId>()
const channels = new Channels((message) => connection.give(message))
const identity = { mac, version: 'liar', hardware: () => ({ ...hardware, cache }), running: () => [...running], uptime: () => 1 }
const connection = new Connection(new AgentProtocol(identity, { token }), address, (notice) => {
  if (notice.type === 'transfer') channels.hear(notice)
  if (notice.type === 'run') void obey(notice.operation, notice.command)
})
connection.give({ type: 'start' })

/** Whatever it is, it is done. */
async function obey(operation: OperationId, command: AgentCommand): Promise<void> {
  running.add(operation)
  if (command.kind === 'restore') await takePart(operation, command)
  running.delete(operation)
  const outcome: Outcome = { code: 0, message: 'ok', params: {}, seconds: 1, figures: Figures.parse({}) }
  connection.give({ type: 'done', operation, outcome })
}

async function takePart(operation: OperationId, { repository, manifest }: Extract<AgentCommand, { kind: 'restore' }>): Promise<void> {
  const source = new HttpRepository(repository)
  const { packs } = await readManifest(await source.manifest(manifest))
  const channel = channels.open(operation, 'multicast') as ControlChannel<MulticastReceiverMessage>
  const lies: Promise<() => void>[] = []
  const spied: ControlChannel<MulticastReceiverMessage> = {
    send: (message) => channel.send(message),
    listen: (listener) => channel.listen({
      ...listener,
      message: (raw) => {
        const message = MulticastSenderMessage.parse(raw)
        if (message.type === 'offer') lies.push(lie(message))
        listener.message(raw)
      },
    }),
  }
  const wants = packs.map((pack) => ({ pack, offset: 0, length: UNIT }))
  await new MulticastReceiver(spied, { fallback: source, interface: card, wants }).ended
  for (const end of await Promise.all(lies)) end()
  source.close()
}

/** @returns what ends it */
async function lie({ group, port, key, session }: MulticastOffer): Promise<() => void> {
  const seal = new Seal(Buffer.from(key, 'base64url'))
  const [ear, mouth] = [await openReceivingSocket({ group, port, interface: card }), await openSendingSocket({ group, port, interface: card, ttl: 16, loopback: false })]
  let heard = 0
  ear.on('message', (datagram: Buffer) => {
    const body = sessionOf(datagram) === session ? seal.open(datagram) : undefined
    const packet = body && decodeMulticast(body)
    if (packet?.kind !== 'data') return
    heard += 1
    if (heard % EVERY === 0) say(mouth, seal, { ...packet, seq: packet.seq + AHEAD, unit: packet.unit + AHEAD, payload: randomBytes(UNIT) })
    if (heard % EVERY === 1) say(mouth, seal, { ...packet, seq: packet.seq + AHEAD }, spoil)
  })
  return () => {
    ear.close()
    mouth.close()
  }
}

function say(mouth: Socket, seal: Seal, packet: Parameters<typeof writeMulticast>[0], change = (_body: Buffer, length: number): number => length): void {
  const frame = seal.frame()
  mouth.send(seal.close(frame, change(frame.body, writeMulticast(packet, frame.body))))
}

/** Makes a packet another one, that makes no sense perhaps. @returns its length */
function spoil(body: Buffer, length: number): number {
  body[HEADER.kind] = randomInt(6)
  if (randomInt(2) === 0) body.writeUInt32BE(randomInt(2 ** 32), HEADER.unit)
  return randomInt(2) === 0 ? length : randomInt(length)
}
