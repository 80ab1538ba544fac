/** A real console and real agents, each in a network namespace of its own on one segment. Needs root. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallInput, CallName, CallResult } from '#shared/contract/console.ts'
import type { ComputerView, ImageView, OperationView, RestorePlanRow } from '#shared/contract/views.ts'
import type { NetworkProperties } from '#shared/domain/classroom.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import type { RestoreMethod } from '#shared/domain/method.ts'
import { isFinished } from '#shared/domain/operation.ts'
import { runCommand } from '#image/index.ts'
import { Segment } from '../../../../tools/network/segment.ts'
import { makePlace } from '../../../support/place.ts'
import { ConsoleProcess } from '../../console/console-process.ts'
import { shareMounts } from '../share-mounts.ts'
import { ClassDisks, digest, install, SYSTEM_PARTITION, wipe } from './class-disks.ts'
import { Computer } from './computer.ts'

const ROOT = join(import.meta.dirname, '../../../..')
const CONSOLE = { name: 'console', address: '10.80.0.1/16' }
const ROUTER = { name: 'router', address: '10.80.255.254/16', routesTo: ['10.81.255.254/16'] }
/** Computers that boot at the same moment: each runs a dozen programs to look at its disk. */
const BOOTS = 4
/** Milliseconds between looks at what the console says. */
const LOOK = 200

const TARGET = { disk: 1, partition: SYSTEM_PARTITION }

export interface ClassroomOptions {
  computers: number
  /** How many of them, the last ones, have no CACHE. */
  withoutCache?: number
  /** How many of them, the last ones, are in another network, behind a router that passes this group on. */
  routed?: { computers: number; group: string }
  /** Of the files in the image, about. */
  bytes: number
  /** How the classroom's network is to be used, where not as usual. */
  network?: Partial<NetworkProperties>
}

interface Parts {
  segment: Segment
  console: ConsoleProcess
  computers: readonly Computer[]
  undo: (() => Promise<unknown>)[]
  /** Digest of partition 1 of the first computer, which the image is taken of. */
  digest: string
}

export class Classroom {
  readonly segment: Segment
  /** The image is taken of the first one. */
  readonly computers: readonly Computer[]
  #console: ConsoleProcess
  readonly #undo: Parts['undo']
  readonly #digest: string

  private constructor({ segment, console, computers, undo, digest }: Parts) {
    this.segment = segment
    this.computers = computers
    this.#console = console
    this.#undo = undo
    this.#digest = digest
  }

  /** All computers have booted and are adopted, and the image of the first one is in the repository. */
  static async open(options: ClassroomOptions): Promise<Classroom> {
    const undo: Parts['undo'] = []
    try {
      const room = new Classroom({ ...await build(options, undo), undo })
      await room.#adopt(options.network)
      await room.#capture()
      return room
    } catch (error) {
      await undoAll(undo)
      throw error
    }
  }

  async close(): Promise<void> {
    await undoAll(this.#undo)
  }

  /** Kills the console, and starts it again as it was. */
  async restartConsole(): Promise<void> {
    await this.#console.kill()
    this.#console = await startConsole(this.segment, this.#console.data, this.#undo)
  }

  async consoleSleeps(milliseconds: number): Promise<void> {
    await this.#console.sleep(milliseconds)
  }

  call<N extends CallName>(name: N, args: CallInput<N>): Promise<CallResult<N>> {
    return this.#console.call(name, args)
  }

  /** The console's data folder. */
  get data(): string {
    return this.#console.data
  }

  async image(): Promise<ImageView> {
    const [image] = await this.call('images.list', {})
    if (!image) throw new Error('nothing was captured')
    return image
  }

  /** What the console knows of computers. */
  async views(computers = this.computers): Promise<ComputerView[]> {
    const all = await this.call('computers.list', {})
    return computers.map(({ mac }) => {
      const view = all.find(({ macs }) => macs.includes(mac))
      if (!view) throw new Error(`the console does not know ${mac}`)
      return view
    })
  }

  /** What the console says before the click. */
  async plan(method: RestoreMethod, computers = this.computers): Promise<RestorePlanRow[]> {
    return this.call('restore.plan', await this.#request(method, computers))
  }

  async restore(method: RestoreMethod, computers = this.computers): Promise<OperationView[]> {
    return this.call('restore.start', await this.#request(method, computers))
  }

  /** The image and nothing else: nothing that would change what it brings. */
  async #request(method: RestoreMethod, computers: readonly Computer[]): Promise<CallInput<'restore.start'>> {
    const views = await this.views(computers)
    const { id } = await this.image()
    return { computers: views.map((view) => view.id), target: TARGET, image: id, method, postconfigure: false }
  }

  /** Waits until operations are over. @returns them in the same order */
  async ended(operations: readonly OperationView[], milliseconds = 150_000): Promise<OperationView[]> {
    return this.until(operations, (each) => each.every(({ state }) => isFinished(state)), milliseconds)
  }

  /** Looks at operations until they are as wanted. */
  async until(
    operations: readonly OperationView[], reached: (now: OperationView[]) => boolean, milliseconds = 60_000,
  ): Promise<OperationView[]> {
    for (const deadline = Date.now() + milliseconds; ; await sleep(LOOK)) {
      const now = await this.now(operations)
      if (reached(now)) return now
      if (Date.now() > deadline) throw new Error(`it never came that far:\n${now.map((each) => JSON.stringify(each)).join('\n')}`)
    }
  }

  /** Operations as they are now, in the same order. */
  async now(operations: readonly OperationView[]): Promise<OperationView[]> {
    const all = await this.call('operations.list', { limit: 1000 })
    return operations.flatMap(({ id }) => all.filter((each) => each.id === id))
  }

  /** Waits until computers wait for orders. */
  async ready(computers = this.computers, milliseconds = 120_000): Promise<void> {
    for (const deadline = Date.now() + milliseconds; ; await sleep(LOOK)) {
      const all = await this.call('computers.list', {})
      const waiting = (mac: MacAddress): boolean => all.some(({ macs, state }) => macs.includes(mac) && state === 'waiting')
      const missing = computers.filter(({ mac }) => !waiting(mac))
      if (missing.length === 0) return
      if (Date.now() > deadline) throw new Error(`never ready:\n${missing.map(({ name, output }) => `${name} ${output}`).join('\n')}`)
    }
  }

  /** Takes away what a restore has brought: nothing is on partition 1 of any computer, and no image in a CACHE. Waits for what a test left running. */
  async clear(): Promise<void> {
    await this.ended(await this.call('operations.list', { limit: this.computers.length }))
    const cached = (await this.views()).filter(({ hardware }) => hardware?.cache?.images.length)
    if (cached.length > 0) await this.#succeeded(await this.call('cache.format', { computers: cached.map(({ id }) => id) }))
    await Promise.all(this.computers.map(({ disk }) => wipe(disk)))
  }

  /** What the agents have said last, for those who look for why something failed. */
  story(): string {
    return this.computers.map(({ name, output }) => `── ${name}\n${output.slice(-4000)}`).join('\n')
  }

  /** Names of the computers that have on partition 1 what was captured, byte for byte. */
  async restored(): Promise<string[]> {
    const found: string[] = []
    for (const { name, disk } of this.computers) if (await digest(disk) === this.#digest) found.push(name)
    return found
  }

  async #adopt(network: ClassroomOptions['network'] = {}): Promise<void> {
    const [classroom] = await this.call('classrooms.list', {})
    if (!classroom) throw new Error('there is no classroom')
    const { id } = classroom
    await this.call('classrooms.update', { id, network: { ...classroom.network, ...network } })
    await this.call('classrooms.enrol', { id, minutes: 60, namePattern: 'pc-##' })
    const waiting = this.computers.values()
    await Promise.all(Array.from({ length: BOOTS }, async () => {
      for (const computer of waiting) {
        await computer.boot()
        await this.ready([computer])
      }
    }))
  }

  async #capture(): Promise<void> {
    const [view] = await this.views(this.computers.slice(0, 1))
    const operation = await this.call('images.capture', {
      computer: view!.id, source: TARGET, name: 'aula', mode: 'used', clean: false, shrink: false,
    })
    await this.#succeeded([operation])
  }

  async #succeeded(operations: readonly OperationView[]): Promise<void> {
    const failed = (await this.ended(operations)).filter(({ state }) => state !== 'succeeded')
    if (failed.length > 0) throw new Error(`${failed.map((each) => JSON.stringify(each)).join('\n')}\n${this.story()}`)
  }
}

async function build({ computers, withoutCache = 0, routed, bytes }: ClassroomOptions, undo: Parts['undo']): Promise<Omit<Parts, 'undo'>> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-classroom-'))
  await shareMounts(folder)
  undo.push(async () => {
    await runCommand(['umount', '--lazy', folder])
    await rm(folder, { recursive: true, force: true })
  })
  const agent = await bundledAgent(folder)
  const seats = Array.from({ length: computers }, (_, at) => ({
    name: `pc${at + 1}`, address: `10.${at < computers - (routed?.computers ?? 0) ? 80 : 81}.1.${at + 1}/16`, mac: MacAddress.parse(`52:54:00:c1:00:${(at + 1).toString(16).padStart(2, '0')}`),
  }))
  const segment = await Segment.create('clonaula-room', [CONSOLE, ...seats, ...(routed ? [ROUTER] : [])])
  undo.push(() => segment.remove())
  if (routed) await segment.routeMulticast(ROUTER.name, routed.group)
  const host = CONSOLE.address.split('/')[0]!
  const place = await makePlace(host)
  undo.push(async () => place.remove())
  const console = await startConsole(segment, place.data, undo)
  const disks = new ClassDisks()
  undo.push(() => disks.remove())
  const class_: Computer[] = []
  undo.push(() => Promise.all(class_.map((computer) => computer.powerOff())))
  for (const [at, { name, mac }] of seats.entries()) {
    const disk = await (at < computers - withoutCache ? disks.withCache() : disks.withoutCache())
    class_.push(new Computer({ segment, name, mac, disk, scripts: `http://${host}:${place.ports.http}`, agent, folder }))
  }
  return { segment, console, computers: class_, digest: await install(class_[0]!.disk, bytes) }
}

async function startConsole(segment: Segment, data: string, undo: Parts['undo']): Promise<ConsoleProcess> {
  const console = await ConsoleProcess.start({ segment, data })
  undo.push(() => console.kill())
  return console
}

/** As the live system has it: it starts four times as fast as from the sources. */
async function bundledAgent(folder: string): Promise<string> {
  const out = join(folder, 'agent')
  await runCommand([join(ROOT, 'node_modules/.bin/vite'), 'build', '-c', 'vite.agent.config.ts', '--logLevel', 'warn', '--outDir', out], { cwd: ROOT })
  return join(out, 'live.mjs')
}

async function undoAll(undo: Parts['undo']): Promise<void> {
  for (const step of undo.splice(0).toReversed()) await step()
}
