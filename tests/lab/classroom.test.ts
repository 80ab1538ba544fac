/**
 * A classroom of two from power-on to the restored system's own start, by BIOS and by UEFI, in QEMU: what the
 * product is for, checked in what the restored system itself says. Needs root; docs/lab.md.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { ComputerReport, LabReport } from '../../tools/lab/story/report.ts'
import { NOTHING, RunningLab } from './running-lab.ts'

const MB = 1e6

let lab: RunningLab
afterEach(() => lab.dispose())

async function play(...args: string[]): Promise<LabReport> {
  lab = new RunningLab('--computers', '2', ...args)
  const code = await lab.ended
  if (code !== 0) {
    throw new Error(`the lab ended with ${code}:\n${lab.output}\n${JSON.stringify(lab.report(), null, 1)}`)
  }
  expect(lab.leftovers()).toEqual(NOTHING)
  return lab.report()
}

function both(report: LabReport): { reference: ComputerReport; restored: ComputerReport } {
  const [reference, restored] = report.computers
  if (!reference || !restored) throw new Error('two computers were asked for')
  return { reference, restored }
}

function operation(computer: ComputerReport, kind: string) {
  const found = computer.operations.find((operation) => operation.kind === kind)
  if (!found) throw new Error(`${computer.name} had no ${kind}`)
  return found
}

function expectImageMoved({ reference, restored }: ReturnType<typeof both>): void {
  const [capture, restore] = [operation(reference, 'capture'), operation(restored, 'restore')]
  expect([capture.code, restore.code]).toEqual([0, 0])
  // 270 MB of system and its filesystem's own tables; far less than the disk.
  expect(capture.bytesRead).toBeGreaterThan(200 * MB)
  expect(capture.bytesRead).toBeLessThan(500 * MB)
  expect(capture.bytesSent).toBeGreaterThan(50 * MB)
  // Empty disks: all that was captured is written, and all of it came over the network compressed.
  expect(restore.bytesWritten).toBeGreaterThan(capture.bytesRead * 0.9)
  expect(restore.bytesReceived).toBeGreaterThan(50 * MB)
  expect(restore.bytesReceived).toBeLessThan(restore.bytesWritten)
}

const phases = (computer: ComputerReport, boot: number): string[] =>
  computer.boots[boot]?.phases.map(({ phase }) => phase) ?? []

test('BIOS and virtio: the restored system starts under its own name, grown into its larger disk', async () => {
  const report = await play('--firmware', 'bios')
  const { reference, restored } = both(report)
  expectImageMoved({ reference, restored })
  expect(reference.system?.hostName).toBe('reference')
  expect(restored.system).toMatchObject({
    hostName: 'pc-02', report: { root: '/dev/vda3', firmware: 'bios', secureBoot: false, manifest: true },
  })
  expect(restored.system?.report?.size).toBeGreaterThan((reference.system?.report?.size ?? 0) + 200)
  expect(restored.system?.report?.machineId).not.toBe(reference.system?.report?.machineId)
  expect(report.image?.stored).toBeLessThan((report.image?.used ?? 0) / 2)
  for (const computer of report.computers) {
    expect(phases(computer, 0)).toEqual(expect.arrayContaining(['serial: ipxe', 'menu', 'kernel', 'root', 'agent']))
    // It was the network that sent it to its disk.
    const sentToDisk = ['serial: ipxe', 'local', 'serial: grub', 'serial: system']
    expect(phases(computer, 1)).toEqual(expect.arrayContaining(sentToDisk))
  }
})

test('UEFI and NVMe, with an NTFS partition: its files are as they were, and it fills its larger disk', async () => {
  const { reference, restored } = both(await play('--firmware', 'uefi', '--disk', 'nvme', '--golden-ntfs'))
  expectImageMoved({ reference, restored })
  expect(restored.system).toMatchObject({
    hostName: 'pc-02', report: { root: '/dev/nvme0n1p3', firmware: 'efi', secureBoot: false, manifest: true },
  })
  expect(reference.data?.content).toBe(true)
  expect(restored.data?.content).toBe(true)
  expect(restored.data?.size).toBeGreaterThan((reference.data?.size ?? 0) + 200 * MB)
  expect(phases(restored, 0)).toEqual(expect.arrayContaining(['dhcp', 'loader', 'kernel', 'root', 'agent']))
})

test('by way of the CACHE, an empty disk: the image is brought once, restored twice, and the CACHE stays', async () => {
  const report = await play('--firmware', 'bios', '--method', 'UNICAST-CACHE')
  const { reference, restored } = both(report)
  expectImageMoved({ reference, restored })
  const [prepared, first, again] = restored.operations
  expect(prepared).toMatchObject({ kind: 'prepareCache', code: 0 })
  expect(first).toMatchObject({ kind: 'restore', method: 'UNICAST-CACHE', code: 0 })
  expect(again).toMatchObject({ kind: 'restore', method: 'UNICAST-CACHE', code: 0, bytesReceived: 0 })
  expect(again?.bytesWritten).toBeGreaterThan((first?.bytesWritten ?? 0) * 0.9)
  expect(restored.cache).toMatchObject({ partition: 4, images: ['lab'] })
  // The switch's word for what the computer says that it received.
  expect(report.transfer).toMatchObject({ method: 'UNICAST-CACHE', computers: 1 })
  expect(report.transfer?.sent.console).toBeGreaterThan(first?.bytesReceived ?? 0)
  expect(restored.system).toMatchObject({ hostName: 'pc-02', report: { root: '/dev/vda3', manifest: true } })
  expect(restored.system?.report?.size).toBeGreaterThan((reference.system?.report?.size ?? 0) + 200)
})

describe('nothing is left behind', () => {
  beforeEach(async () => {
    lab = new RunningLab('--computers', '2')
    await lab.hasSaid(/Computers start from the network[^]*pc-02/)
    // A lab that has nothing to leave behind would prove nothing.
    const qemus = (): string[] => lab.processes().filter((command) => command.startsWith('qemu-system'))
    await vi.waitUntil(() => lab.namespaces().length === 3 && qemus().length === 2, { timeout: 20_000 })
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('after %s', async (name) => {
    lab.signal(name)
    expect(await lab.ended).toBe(130)
    expect(lab.leftovers()).toEqual(NOTHING)
    expect(lab.report()).toMatchObject({ ok: false, failure: { step: 'boot' } })
  })

  test('after the console crashed, which the report says', async () => {
    process.kill(lab.consolePid(), 'SIGKILL')
    expect(await lab.ended).toBe(1)
    expect(lab.leftovers()).toEqual(NOTHING)
    expect(lab.report()).toMatchObject({ ok: false, failure: { step: 'boot', message: 'the console ended: SIGKILL' } })
  })

  test('after the lab itself was killed: its processes die with it, and the next lab removes the rest', async () => {
    const killed = lab
    killed.signal('SIGKILL')
    await killed.ended
    await expect.poll(() => killed.processes(), { timeout: 10_000 }).toEqual([])
    lab = new RunningLab('--computers', '1')
    await lab.hasSaid(/web console/)
    expect(killed.leftovers()).toEqual(NOTHING)
    await killed.dispose()
  })
})
