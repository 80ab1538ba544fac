/** What is done to one computer, told to the console over its RPC, and waited for to its end. */
import type { ImageView, OperationView } from '#shared/contract/views.ts'
import { MacAddress, type ClassroomId } from '#shared/domain/ids.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { parseDeadEnd, parseStartedSystem } from '../machine/system-report.ts'
import { POWERED_OFF, type VirtualMachine } from '../machine/machine.ts'
import { partitionsOf } from '../golden/recipe.ts'
import { wrongSystem, type Expected } from './check-system.ts'
import type { OperationReport } from './report.ts'
import { adopted, type Seat } from './seat.ts'
import type { Stage } from './stage.ts'

const IMAGE = 'lab'
/** The whole first disk, as source and as target. */
export const WHOLE_DISK = { disk: 1 }
/** MiB by which the root of a restored disk must at least have grown, out of the 256 that its disk is larger. */
const GROWTH = 180

/** Mbit/s: emulated computers that share a processor with the console lose a third and more of what comes at the usual 70. */
const MULTICAST_SPEED = 20
/** Mbit/s that the console gives a swarm: faster than computers that are emulated beside it can be, it would send nearly all of it to each. */
const SEED_SPEED = 40

/** Milliseconds; generous, because several labs may share two processor cores. */
export const PATIENCE = { boot: 300_000, operation: 900_000, answer: 30_000 }

export async function bootLive(stage: Stage, seat: Seat): Promise<void> {
  const { machine, report } = seat
  machine.powerOn()
  const from = machine.poweredOnAt
  const found = Promise.all([stage.watch.pending(report.mac), stage.watch.bootStep(report.mac, 'agent', from)])
  const awaited = Promise.race([found, offTooSoon(machine), deadEnd(machine, from)])
  const what = (): string => `live agent, after "${stage.watch.lastBootStep(report.mac)?.phase ?? 'power on'}"`
  const [, { at }] = await stage.wait(what, awaited, PATIENCE.boot)
  stage.noteBoot(seat, 'live system', from, at)
}

/** Rejects when the computer says that nothing starts. */
async function deadEnd(machine: VirtualMachine, from: number): Promise<never> {
  const { value } = await machine.serial.find(from, parseDeadEnd)
  throw new Error(`the computer does not start: ${value}`)
}

/** Rejects when the computer goes off. */
async function offTooSoon(machine: VirtualMachine): Promise<never> {
  const off = (text: string): string | undefined => (text.startsWith(POWERED_OFF) ? text : undefined)
  const { value } = await machine.serial.find(machine.poweredOnAt, off)
  throw new Error(`the computer went off ${value.slice(POWERED_OFF.length)}`.trim())
}

export async function makeClassroom({ client, options }: Stage): Promise<ClassroomId> {
  if (options.method === 'TORRENT-CACHE') await client.call('console.setTransfers', TransferLimits.parse({ unicastSpeed: SEED_SPEED }))
  const [site] = await client.call('sites.list', {})
  const { id: siteId } = site ?? (await client.call('sites.create', { name: 'Lab' }))
  const { id, network } = await client.call('classrooms.create', { siteId, name: 'Virtual classroom' })
  await client.call('classrooms.update', { id, network: { ...network, multicastSpeed: MULTICAST_SPEED } })
  return id
}

export async function adopt(stage: Stage, seat: Seat, classroomId: ClassroomId): Promise<void> {
  const { mac, name } = seat.report
  const view = await stage.client.call('pending.adopt', { mac: MacAddress.parse(mac), classroomId, name })
  seat.view = await stage.wait('state "waiting"', stage.watch.waiting(view), PATIENCE.answer)
}

export async function capture(stage: Stage, seat: Seat): Promise<void> {
  const computer = adopted(seat).id
  await finish(stage, seat, await stage.client.call('images.capture', { computer, source: WHOLE_DISK, name: IMAGE }))
  const image = await imageOf(stage)
  const revision = image.revisions.at(-1)
  stage.report.image = {
    name: image.name,
    used: revision?.volumes.reduce((sum, { used }) => sum + used, 0) ?? 0,
    stored: revision?.storedBytes ?? 0,
  }
}

export async function imageOf({ client }: Stage): Promise<ImageView> {
  const image = (await client.call('images.list', {})).find(({ name }) => name === IMAGE)
  if (!image) throw new Error(`the console has no image "${IMAGE}"`)
  return image
}

/** Waits for the operation's end and reports it. Throws at an end that is not success. */
export async function finish(stage: Stage, seat: Seat, started: OperationView): Promise<OperationReport> {
  const ended = await stage.wait(started.kind, stage.watch.finished(started), PATIENCE.operation)
  const { kind, outcome, method, changed } = ended
  if (!outcome) throw new Error(`${kind}: it ended without an outcome`)
  const { code, message, seconds, figures } = outcome
  const report: OperationReport = {
    kind, code, message, seconds: Math.round(seconds * 100) / 100, ...figures,
    ...(method !== undefined && { method }), ...(changed !== undefined && { changed }),
  }
  seat.report.operations.push(report)
  if (code !== 0) throw new Error(`${kind}: ${code} ${message}`)
  return report
}

export async function startOwnSystem(stage: Stage, seat: Seat): Promise<void> {
  const { machine, report } = seat
  const { id } = adopted(seat)
  await stage.client.call('computers.update', { id, bootMode: 'disk' })
  const from = Date.now()
  const [operation] = await stage.client.call('computers.power', { computers: [id], action: 'restart' })
  const started = machine.serial.find(from, parseStartedSystem)
  if (operation) await finish(stage, seat, operation)
  const awaited = Promise.race([started, deadEnd(machine, from)])
  const what = (): string => `system on the serial console, after "${machine.serial.tail(1).join('')}"`
  const { value, at } = await stage.wait(what, awaited, PATIENCE.boot)
  report.system = value
  stage.noteBoot(seat, 'own disk', from, at)
  const wrong = wrongSystem(value, expected(stage, seat))
  if (wrong !== undefined) throw new Error(wrong)
}

function expected({ options, seats }: Stage, seat: Seat): Expected {
  const { firmware, golden, ntfs } = options
  if (seat === seats[0]) return { firmware }
  // Only the last partition is grown, and only of the lab's own disk is it known what it was before.
  const grows = golden === undefined && !ntfs
  return { firmware, hostName: seat.report.name, ...(grows ? { leastSize: rootPartitionSize() + GROWTH } : {}) }
}

/** MiB. */
function rootPartitionSize(): number {
  const root = partitionsOf('plain').at(-1)
  return (root?.size ?? 0) / (1024 * 1024)
}
