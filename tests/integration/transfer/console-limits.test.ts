/** The limits of a console's settings, as its own composition puts them before what computers ask of it over HTTP. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { AgentCommand } from '#shared/contract/agent.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { HttpRepository, LocalRepository, readManifest } from '#image/index.ts'
import type { SendTurns } from '#image/repository/send-file.ts'
import { addImage } from '#image/repository/testing/small-images.ts'
import { Connection } from '../../../src/agent/connection/connection.ts'
import { AgentProtocol } from '../../../src/agent/connection/protocol.ts'
import { parseArguments } from '../../../src/agent/live/parameters.ts'
import { startCore, type Core } from '../../../src/main/core.ts'
import { connectLocal, type LocalClient } from '../../../src/main/rpc/local/local-client.ts'
import { agentArguments } from '../../support/booted-agent.ts'
import { hardware, mac } from '../../support/hardware.ts'
import { makePlace, type Place } from '../../support/place.ts'

const KIB = 1024
/** Blocks of 4 KiB of the image, all in one pack, and bytes of a request. */
const BLOCKS = 1000
const RANGE = 256 * KIB

/** Turns to send, in the order in which they were given, and how many there were at a time. */
const turns = vi.hoisted(() => ({ given: [] as { client: string; bytes: number }[], going: 0, most: 0 }))

vi.mock('#transfer/send-turns.ts', async (original) => {
  const real = await original<typeof import('#transfer/send-turns.ts')>()
  const watched = (of: SendTurns): SendTurns => ({
    get slice() { return of.slice },
    async take(client, bytes, signal) {
      const end = await of.take(client, bytes, signal)
      turns.given.push({ client, bytes })
      turns.most = Math.max(turns.most, ++turns.going)
      return () => {
        turns.going -= 1
        end()
      }
    },
  })
  return { ...real, createSendTurns: (...of: Parameters<typeof real.createSendTurns>) => watched(real.createSendTurns(...of)) }
})

let place: Place
let core: Core
let client: LocalClient

beforeEach(async () => {
  Object.assign(turns, { given: [], going: 0, most: 0 })
  place = await makePlace()
  const repository = await LocalRepository.open(join(place.data, 'repository'))
  await addImage(repository, 'aula', Array.from({ length: BLOCKS }, (_, at) => at), { perPack: BLOCKS })
  await repository.close()
  core = await startCore({ data: place.data })
  client = await connectLocal(place.data)
})
afterEach(async () => {
  client?.close()
  await core?.stop()
  place.remove()
})

type Restore = Extract<AgentCommand, { kind: 'restore' }>

/** Boots computers, and has the image restored to them. @returns what each was told */
async function ordered(computers: number): Promise<{ operation: OperationId; command: Restore }[]> {
  const [classroom] = await client.call('classrooms.list', {})
  await client.call('classrooms.enrol', { id: classroom!.id, minutes: 60, namePattern: 'pc-##' })
  const orders = await Promise.all(Array.from({ length: computers }, (_, at) => booted(at + 1)))
  const known = await client.call('computers.list', {})
  const [image] = await client.call('images.list', {})
  await client.call('restore.start', {
    computers: known.map(({ id }) => id), target: { disk: 1, partition: 1 }, image: image!.id, method: 'UNICAST-DIRECT', postconfigure: false,
  })
  return Promise.all(orders.map(({ order }) => order))
}

/** An agent that is welcome, and does nothing: the test asks with what it is given. */
async function booted(number: number) {
  const script = await (await fetch(`http://127.0.0.1:${place.ports.http}/boot/${mac(number)}/script.ipxe`)).text()
  const { console: address, token } = parseArguments(agentArguments(script))
  const welcome = Promise.withResolvers<void>()
  const order = Promise.withResolvers<{ operation: OperationId; command: Restore }>()
  const identity = { mac: mac(number), version: 'test', hardware: () => hardware(mac(number)), running: () => [], uptime: () => 1 }
  const connection = new Connection(new AgentProtocol(identity, { token }), address, (notice) => {
    if (notice.type === 'welcomed') welcome.resolve()
    if (notice.type === 'run' && notice.command.kind === 'restore') order.resolve({ operation: notice.operation, command: notice.command })
  })
  onTestFinished(() => connection.close())
  connection.give({ type: 'start' })
  await welcome.promise
  return { order: order.promise }
}

/** Reads all of the image's pack, by many requests at once. @returns bytes */
async function readAll({ repository, manifest }: Restore): Promise<number> {
  const source = new HttpRepository(repository)
  onTestFinished(() => source.close())
  const [pack = ''] = (await readManifest(await source.manifest(manifest))).packs
  const { size } = await source.packTail(pack, 64)
  const offsets = Array.from({ length: Math.ceil(size / RANGE) }, (_, at) => at * RANGE)
  const parts = await Promise.all(offsets.map((at) => source.packRange(pack, at, Math.min(RANGE, size - at))))
  return parts.reduce((sum, { length }) => sum + length, 0)
}

test('as many computers are sent to at a time as is set, each has turns of its own, and all together get no more than the speed', async () => {
  const speed = 32
  await client.call('console.setTransfers', TransferLimits.parse({ unicastClients: 1, unicastSpeed: speed }))
  const orders = await ordered(2)
  const began = performance.now()
  const bytes = (await Promise.all(orders.map(({ command }) => readAll(command)))).reduce((sum, read) => sum + read)
  const seconds = (performance.now() - began) / 1000
  expect(bytes).toBeGreaterThan(2 * BLOCKS * 4 * KIB)
  expect(turns.most).toBe(1)
  expect(new Set(turns.given.map((turn) => turn.client))).toEqual(new Set(orders.map(({ operation }) => String(operation))))
  expect((bytes * 8) / 1e6 / seconds).toBeLessThan(speed * 1.1)
})

test('a limit holds at once for what is being sent', async () => {
  await client.call('console.setTransfers', TransferLimits.parse({ unicastSpeed: 1 }))
  const [order] = await ordered(1)
  const reading = readAll(order!.command)
  await expect.poll(() => turns.given.length, { timeout: 20_000 }).toBeGreaterThan(3)
  const began = performance.now()
  await client.call('console.setTransfers', TransferLimits.parse({}))
  expect(await reading).toBeGreaterThan(BLOCKS * 4 * KIB)
  // At that speed it would have taken half a minute.
  expect(performance.now() - began).toBeLessThan(20_000)
})
