import { partitionDevice, type Disk, type Firmware } from '#shared/domain/disk.ts'
import type { HostName } from '#shared/domain/ids.ts'
import { isEsp } from '#image/disk/partition-type.ts'
import type { Placement } from '#image/disk/plan-restore.ts'
import type { OperationContext } from '../operation.ts'
import { Esp } from './esp.ts'
import { fixFstab, type KnownPartition } from './fstab.ts'
import { diskGrubProblem, installGrub } from './grub-bios.ts'
import { emptyMachineId, giveName } from './identity.ts'
import { existsInside, readInside, writeInside } from './inside.ts'
import { installEfiLoader } from './linux-efi.ts'
import { Mounts } from './mounts.ts'

export interface LinuxFacts {
  placement: Placement
  disk: Disk
  disks: readonly Disk[]
  firmware: Firmware
  hostName: HostName | undefined
  /** The whole disk was restored, boot areas included. */
  whole: boolean
}

/**
 * Configures a Linux system if the partition holds one (not a /home or a /boot alone).
 * @returns Whether it does.
 * @throws `bootLoader`
 */
export async function configureLinux(facts: LinuxFacts, context: OperationContext): Promise<boolean> {
  const { machine: { run }, state, log, texts } = context
  await using mounts = await Mounts.under(state, run)
  await mounts.mount(facts.placement.device)
  const { root } = mounts
  if (!await isSystem(root)) return false
  if (facts.hostName !== undefined) {
    await giveName(root, facts.hostName)
    log.step(90, texts.hostName(facts.hostName))
    if (await emptyMachineId(root)) log.step(90, texts.machineId)
  }
  await repairFstab(root, facts, context)
  if (facts.firmware === 'bios') await startFromBios(mounts, facts, context)
  else if (!facts.whole) await startFromUefi(root, facts, context)
  return true
}

async function isSystem(root: string): Promise<boolean> {
  return await existsInside(root, 'usr/lib/os-release') || existsInside(root, 'etc/os-release')
}

async function repairFstab(root: string, facts: LinuxFacts, { log, texts }: OperationContext): Promise<void> {
  const text = await readInside(root, 'etc/fstab')
  const known = knownPartitions(facts.disks)
  const own = known.find(({ device }) => device === facts.placement.device)
  if (text === undefined || own === undefined) return
  const fixed = fixFstab(text, { root: own, known })
  if (fixed.changes.length === 0) return
  await writeInside(root, 'etc/fstab', fixed.text)
  for (const line of fixed.changes) log.step(90, texts.fstab(line))
}

function knownPartitions(disks: readonly Disk[]): KnownPartition[] {
  return disks.flatMap((disk) => disk.partitions.map((partition) =>
    ({ ...partition, disk: disk.device, device: partitionDevice(disk.device, partition.number) })))
}

/**
 * Boot areas that came with the image are right as they are, since nothing that they point to has moved. After a
 * partition alone, whatever the disk started before knows nothing of this system.
 */
async function startFromBios(mounts: Mounts, facts: LinuxFacts, context: OperationContext): Promise<void> {
  const { log, texts } = context
  if (facts.whole && await diskGrubProblem(facts.disk, context) === undefined) return log.step(90, texts.bootLoaderAsRestored)
  const boot = await separateBoot(mounts.root, facts)
  if (boot !== undefined) await mounts.mount(boot.device, 'boot')
  if (!await existsInside(mounts.root, 'boot/grub/grub.cfg')) return log.warn(texts.noLinuxLoader)
  await installGrub(mounts, facts.disk, context)
}

/** The EFI partition is no part of the image of a root partition, so what is on it knows another system, or none. */
async function startFromUefi(root: string, facts: LinuxFacts, { machine, log, texts }: OperationContext): Promise<void> {
  const partition = facts.disk.partitions.find(isEsp)
  const own = knownPartitions(facts.disks).find(({ device }) => device === facts.placement.device)
  if (partition === undefined || own === undefined) return log.warn(texts.noLinuxLoader)
  const boot = await separateBoot(root, facts)
  const folder = await installEfiLoader(new Esp(partitionDevice(facts.disk.device, partition.number), machine.run), {
    root, bootUuid: (boot ?? own).filesystemUuid, grubFolder: boot === undefined ? '/boot/grub' : '/grub',
  })
  if (folder === undefined) log.warn(texts.noLinuxLoader)
  else log.step(90, texts.efiLoader(folder))
}

/** A /boot that is a partition of its own. */
async function separateBoot(root: string, { disks }: LinuxFacts): Promise<KnownPartition | undefined> {
  const spec = /^\s*(\S+)\s+\/boot\s/m.exec(await readInside(root, 'etc/fstab') ?? '')?.[1]
  const uuid = /^UUID="?([^"]+)"?$/.exec(spec ?? '')?.[1]
  return knownPartitions(disks).find(({ filesystemUuid }) => uuid !== undefined && filesystemUuid === uuid)
}
