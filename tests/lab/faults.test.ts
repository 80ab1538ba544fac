/**
 * What must not go wrong when something does, in a classroom of two that was never told: a plug is pulled, a byte of
 * an image is wrong, the console's machine fails. UEFI, where GRUB says that a disk has nothing to start. Needs root.
 */
import { statSync } from 'node:fs'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { ComputerView, OperationView } from '#shared/contract/views.ts'
import { percent } from '#shared/domain/progress.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { adopted, type Seat } from '../../tools/lab/story/seat.ts'
import {
  adopt, bootLive, capture, imageOf, makeClassroom, PATIENCE, startOwnSystem, WHOLE_DISK,
} from '../../tools/lab/story/steps.ts'
import { invertByte, OpenLab } from './open-lab.ts'

let lab: OpenLab

beforeAll(async () => {
  lab = await OpenLab.open('--firmware', 'uefi')
  const { stage } = lab
  await Promise.all(stage.seats.map((seat) => bootLive(stage, seat)))
  const classroom = await makeClassroom(stage)
  await Promise.all(stage.seats.map((seat) => adopt(stage, seat, classroom)))
})
afterAll(() => lab.close())

async function computer(seat: Seat): Promise<ComputerView> {
  const found = (await lab.stage.client.call('computers.list', {})).find(({ id }) => id === adopted(seat).id)
  if (!found) throw new Error(`${seat.report.name} is not in the inventory`)
  return found
}

/** Resolves when an operation has come so far in a phase. */
function reaches({ id }: OperationView, phase: string, least: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const stop = lab.stage.client.on('operation.changed', ({ id: changed, progress }) => {
    if (changed === id && progress?.phase === phase && percent(progress) >= least) resolve()
  })
  return lab.stage.wait(`${phase} ${least} %`, promise, PATIENCE.operation).finally(stop)
}

const finished = (operation: OperationView): Promise<OperationView> =>
  lab.stage.wait('its end', lab.stage.watch.finished(operation), PATIENCE.operation)

async function startRestore(seat: Seat): Promise<OperationView> {
  const { id: image } = await imageOf(lab.stage)
  const computers = [adopted(seat).id]
  const [operation] = await lab.stage.client.call('restore.start', {
    computers, target: WHOLE_DISK, image, method: 'UNICAST-DIRECT',
  })
  if (!operation) throw new Error('the console started no operation')
  return operation
}

/** From the network again, whatever it was doing. */
async function startAgain(seat: Seat): Promise<void> {
  await seat.machine.powerOff()
  await lab.stage.client.call('computers.update', { id: adopted(seat).id, bootMode: 'live' })
  await bootLive(lab.stage, seat)
  await vi.waitUntil(async () => (await computer(seat)).state === 'waiting', { timeout: 60_000, interval: 500 })
}

test('a plug is pulled during a capture: there is no image, and the computer can be captured when it is back', async () => {
  const { client } = lab.stage
  const reference = lab.seat(1)
  const operation = await client.call('images.capture', {
    computer: adopted(reference).id, source: WHOLE_DISK, name: 'torn',
  })
  await reaches(operation, 'capture', 10)
  await reference.machine.powerOff()
  await startAgain(reference)
  expect(await finished(operation)).toMatchObject({ state: 'failed', outcome: { code: RESULT.agentLost } })
  expect(await client.call('images.list', {})).toEqual([])
  expect(lab.stored('manifests')).toEqual([])

  await capture(lab.stage, reference)
  expect((await imageOf(lab.stage)).revisions).toHaveLength(1)
})

test('a wrong byte in the repository: the restore fails, and its disk starts nothing', async () => {
  const seat = lab.seat(2)
  const [pack = ''] = lab.stored('packs').sort((a, b) => statSync(b).size - statSync(a).size)
  await invertByte(pack)
  const operation = await finished(await startRestore(seat))
  expect(operation).toMatchObject({ state: 'failed', outcome: { code: RESULT.corruptImage } })
  expect((await computer(seat)).operation).toMatchObject({ id: operation.id, state: 'failed' })

  const { id } = adopted(seat)
  await lab.stage.client.call('computers.update', { id, bootMode: 'disk' })
  const from = Date.now()
  await lab.stage.client.call('computers.power', { computers: [id], action: 'restart' })
  const nothing = seat.machine.serial.find(from, (text) => /No boot loader was found/.exec(text)?.[0])
  await lab.stage.wait('GRUB finds nothing', nothing, PATIENCE.boot)
  await invertByte(pack)
  await startAgain(seat)
})

test('the console is killed during a restore: the next one sees it through, and the system starts', async () => {
  const operation = await startRestore(lab.seat(2))
  await reaches(operation, 'restore', 20)
  await lab.restartConsole()
  expect(await finished(operation)).toMatchObject({ state: 'succeeded', outcome: { code: RESULT.ok } })
  // Checks the content of every file, the size of its filesystem, and its host name.
  await startOwnSystem(lab.stage, lab.seat(2))
  expect(lab.seat(2).report.system?.hostName).toBe('pc-02')
})
