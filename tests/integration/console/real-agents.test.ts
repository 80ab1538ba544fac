/** A console and real agents on loop devices: what is left when one of them, or an image, is broken half-way. */
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runCommand } from '#image/index.ts'
import type { ComputerView, OperationView } from '#shared/contract/views.ts'
import { HostName, MacAddress, type ComputerId } from '#shared/domain/ids.ts'
import { isFinished } from '#shared/domain/operation.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { bootAgent, type Agent } from '../../support/booted-agent.ts'
import { dataOn, Disks, type Reference } from '../../support/disks.ts'
import { makePlace, type Place } from '../../support/place.ts'
import type { LoopDisk } from '../agent/loop-disk.ts'
import { ConsoleProcess } from './console-process.ts'

const [REFERENCE, TARGET] = ['52:54:00:b0:00:01', '52:54:00:b0:00:02'].map((text) => MacAddress.parse(text)) as [MacAddress, MacAddress]
const PARTITION = { disk: 1, partition: 1 }

let place: Place
let disks: Disks
let console_: ConsoleProcess
let agents: Agent[]

beforeEach(async () => {
  place = await makePlace()
  disks = new Disks()
  agents = []
  console_ = await ConsoleProcess.start({ data: place.data })
})
afterEach(async () => {
  for (const agent of agents) await agent.stop()
  await console_.kill()
  await disks.remove()
  place.remove()
})

async function boot(mac: MacAddress, disk: LoopDisk): Promise<Agent> {
  const agent = await bootAgent(place.ports.http, mac, disk.device)
  agents.push(agent)
  return agent
}

async function adopt(mac: MacAddress, name: string): Promise<ComputerId> {
  const [room] = await console_.call('classrooms.list', {})
  await vi.waitFor(async () => {
    expect((await console_.call('pending.list', {})).map((each) => each.mac)).toContain(mac)
  }, { timeout: 20_000, interval: 200 })
  return (await console_.call('pending.adopt', { mac, classroomId: room!.id, name: HostName.parse(name) })).id
}

const capture = (computer: ComputerId): Promise<OperationView> =>
  console_.call('images.capture', { computer, source: PARTITION, name: 'datos' })

async function restore(computer: ComputerId): Promise<OperationView> {
  const [image] = await console_.call('images.list', {})
  const [operation] = await console_.call('restore.start', { computers: [computer], target: PARTITION, image: image!.id, method: 'UNICAST-DIRECT' })
  return operation!
}

/** Looks often: what is to be caught half-way takes a second or two. */
async function until(id: OperationView['id'], reached: (operation: OperationView) => boolean): Promise<OperationView> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; await sleep(20)) {
    const operation = await console_.call('operations.get', { id })
    if (reached(operation)) return operation
    if (isFinished(operation.state)) throw new Error(`it has ended: ${JSON.stringify(operation)}`)
  }
  throw new Error('it never came that far')
}

const ended = (operation: OperationView): Promise<OperationView> => until(operation.id, ({ state }) => isFinished(state))
const halfWay = (phase: string) => ({ progress }: OperationView): boolean => progress?.phase === phase && progress.done > 0

async function computer(id: ComputerId): Promise<ComputerView> {
  return (await console_.call('computers.list', {})).find((each) => each.id === id)!
}

async function filesystemOn(disk: LoopDisk): Promise<string> {
  const { stdout } = await runCommand(['blkid', '-p', '-o', 'value', '-s', 'TYPE', disk.partition(1)], { accept: [0, 2] })
  return stdout.trim()
}

async function files(folder: string, ending: string): Promise<string[]> {
  const root = join(place.data, 'repository', folder)
  return (await readdir(root, { recursive: true })).filter((name) => name.endsWith(ending)).map((name) => join(root, name))
}

/** A reference computer that was captured, and another one to restore to. */
async function captured(): Promise<{ reference: Reference; target: LoopDisk; id: ComputerId }> {
  const reference = await disks.reference()
  const target = await disks.target()
  await boot(REFERENCE, reference.disk)
  await boot(TARGET, target)
  expect(await ended(await capture(await adopt(REFERENCE, 'pc-01')))).toMatchObject({ state: 'succeeded' })
  return { reference, target, id: await adopt(TARGET, 'pc-02') }
}

test('a computer that goes while it is captured leaves no image, and is captured when it is back', async () => {
  const reference = await disks.reference()
  const agent = await boot(REFERENCE, reference.disk)
  const id = await adopt(REFERENCE, 'pc-01')
  const operation = await capture(id)
  await until(operation.id, halfWay('capture'))
  await agent.stop()
  await boot(REFERENCE, reference.disk)
  expect(await ended(operation)).toMatchObject({ state: 'failed', outcome: { code: RESULT.agentLost } })
  expect(await console_.call('images.list', {})).toEqual([])
  expect([await files('manifests', '.manifest'), await files('images', '.json')]).toEqual([[], []])

  await vi.waitFor(async () => expect((await computer(id)).state).toBe('waiting'), { timeout: 20_000 })
  expect(await ended(await capture(id))).toMatchObject({ state: 'succeeded' })
  expect(await console_.call('images.list', {})).toMatchObject([{ name: 'datos', revisions: [{ number: 1 }] }])
})

test('a console that is killed while a computer is restored takes it up again, and it ends well', async () => {
  const { reference, target, id } = await captured()
  const operation = await restore(id)
  await until(operation.id, halfWay('restore'))
  await console_.kill()
  console_ = await ConsoleProcess.start({ data: place.data })
  expect(await ended(operation)).toMatchObject({ state: 'succeeded', outcome: { code: RESULT.ok } })
  expect(await dataOn(target)).toBe(reference.sha256)
})

test('one wrong byte in the repository fails the restore with 33, and leaves no partition that looks whole', async () => {
  const { reference, target, id } = await captured()
  const [pack] = await files('packs', '.pack')
  const good = await readFile(pack!)
  const bad = Buffer.from(good)
  bad[good.length >> 1]! ^= 1
  await writeFile(pack!, bad)
  expect(await ended(await restore(id))).toMatchObject({ state: 'failed', outcome: { code: RESULT.corruptImage } })
  expect((await computer(id)).operation).toMatchObject({ state: 'failed', outcome: { code: RESULT.corruptImage } })
  expect(await filesystemOn(target)).toBe('')

  await writeFile(pack!, good)
  expect(await ended(await restore(id))).toMatchObject({ state: 'succeeded' })
  expect(await dataOn(target)).toBe(reference.sha256)
})
