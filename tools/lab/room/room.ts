/** The virtual classroom: network, router, console and computers, made in this order and undone in reverse. */
import { mkdir, mkdtemp, readdir, rm, truncate, writeFile, stat } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { isDirect } from '#shared/domain/method.ts'
import { runCommand } from '#image/run/run.ts'
import { endChild, startInNamespace } from '../host/child.ts'
import type { CleanupStack } from '../host/cleanup.ts'
import { isAlive } from '../host/process.ts'
import { VirtualMachine } from '../machine/machine.ts'
import { macOf, type MachineSpec } from '../machine/qemu.ts'
import type { LabOptions } from '../options.ts'
import { startConsole, type LabConsole } from './console.ts'
import { buildNetwork, removeStaleNetworks, tapOf, type LabNetwork } from './network.ts'
import { sentSoFar, type Traffic } from './traffic.ts'
import { startRouter } from './router.ts'
import type { Supplies } from './prepare.ts'
import { openWebDoor } from './web-door.ts'

export interface Room {
  /** The one that runs now. */
  console: LabConsole
  /** The first is the reference: its disk has a system. */
  computers: VirtualMachine[]
  /** Logs, and while the lab is up its disks. */
  folder: string
  /** Bytes of the CACHE for which the disks of all but the first have room besides; 0 where the method needs none. */
  cacheSize: number
  /** What console and computers have sent. */
  traffic: () => Promise<Traffic>
  /** The console's plug is pulled, and another takes up its data. */
  restartConsole(): Promise<void>
}

/**
 * How much larger the disks of the others are than the reference's, in bytes: a restore has something to grow into. A CACHE
 * comes on top of that, as large as the reference's disk: whatever is in use there fits.
 */
const DISK_GROWTH = 256 * 1024 * 1024
const SCRATCH = 'clonaula-lab-'

export async function openRoom(
  options: LabOptions, supplies: Supplies, cleanup: CleanupStack, signal: AbortSignal,
): Promise<Room> {
  await removeStaleNetworks()
  await removeStaleFolders()
  const folder = await makeFolder(options.keep, cleanup)
  const network = await buildNetwork(options.computers, cleanup)
  startRouter(network, folder, cleanup)
  const door = await openWebDoor(network, folder, cleanup)
  const openConsole = () => startConsole(network, { folder, webPort: door.port, supplies, signal }, cleanup)
  async function restartConsole(): Promise<void> {
    await room.console.kill()
    room.console = await openConsole()
  }
  const goldenSize = (await stat(supplies.golden)).size
  const cacheSize = isDirect(options.method) ? 0 : goldenSize
  const traffic = () => sentSoFar(network, options.computers)
  const room: Room = { console: await openConsole(), computers: [], folder, cacheSize, traffic, restartConsole }
  const others = goldenSize + DISK_GROWTH + cacheSize
  for (let number = 1; number <= options.computers; number++) {
    signal.throwIfAborted()
    room.computers.push(await makeComputer(number, options, number === 1 ? supplies.golden : others, folder, network, cleanup))
  }
  listenForWakeUps(network, room.computers, cleanup)
  return room
}

async function makeFolder(keep: string | undefined, cleanup: CleanupStack): Promise<string> {
  if (keep !== undefined) {
    await mkdir(keep, { recursive: true })
    // A console that already knows these computers would tell another story.
    if ((await readdir(keep)).length > 0) throw new Error(`--keep ${keep}: that folder is not empty`)
    return resolve(keep)
  }
  const folder = await mkdtemp(join(tmpdir(), `${SCRATCH}${process.pid}-`))
  cleanup.push(folder, () => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Folders of labs that were killed. */
async function removeStaleFolders(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    const pid = new RegExp(`^${SCRATCH}(\\d+)-`).exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await rm(join(tmpdir(), name), { recursive: true, force: true })
  }
}

/** @param content the file that its disk is a copy of, or the bytes of an empty one */
async function makeComputer(
  number: number, options: LabOptions, content: string | number, folder: string, network: LabNetwork, cleanup: CleanupStack,
): Promise<VirtualMachine> {
  const { firmware, disk, nic, memory } = options
  const file = (suffix: string): string => join(folder, `computer-${number}${suffix}`)
  const image = file('.raw')
  if (typeof content === 'string') {
    await runCommand(['cp', '--sparse=always', '--reflink=auto', content, image])
  } else {
    await writeFile(image, '')
    await truncate(image, content)
  }
  const spec: MachineSpec = {
    number, firmware, disk, nic, memory, image, tap: tapOf(number), qmp: file('.qmp'), variables: file('.vars'),
  }
  const computer = await VirtualMachine.make(spec, network.switch, file('.serial.log'))
  cleanup.push(`computer ${number}`, async () => {
    await computer.powerOff()
    await computer.serial.close()
  })
  return computer
}

function listenForWakeUps(network: LabNetwork, computers: readonly VirtualMachine[], cleanup: CleanupStack): void {
  const script = join(import.meta.dirname, '../machine/wake-listener.ts')
  const child = startInNamespace(network.switch, [process.execPath, script])
  cleanup.push('Wake on LAN', () => endChild(child))
  child.process.stderr?.resume()
  if (!child.process.stdout) return
  createInterface({ input: child.process.stdout }).on('line', (mac) => {
    computers.find(({ spec }) => macOf(spec.number) === mac)?.powerOn()
  })
}
