import type { HostName } from '#shared/domain/ids.ts'
import { partitionDevice, type Disk, type Firmware } from '#shared/domain/disk.ts'
import { isLinux } from '#image/disk/filesystems.ts'
import type { Placement, RestorePlan } from '#image/disk/plan-restore.ts'
import { takeInventory } from '../disk/inventory.ts'
import type { OperationContext } from '../operation.ts'
import { checkAndGrow } from './grow.ts'
import { configureLinux } from './linux.ts'
import { prepareUefi } from './uefi.ts'

export interface Restored {
  plan: RestorePlan
  firmware: Firmware
  /** Absent: the system keeps the name that it has in the image. */
  hostName: HostName | undefined
}

/**
 * Makes what was restored fit this computer: filesystems checked and grown, name, fstab, boot loader.
 * @throws `filesystem` · `grow` · `bootLoader`; the data itself is then there and whole.
 */
export async function configureRestored({ plan, firmware, hostName }: Restored, context: OperationContext): Promise<void> {
  const { log, texts, signal, onProgress } = context
  const total = plan.placements.length + 1
  const report = (done: number): void => onProgress({ phase: 'configure', done, total, rate: 0 })
  for (const [done, placement] of plan.placements.entries()) {
    report(done)
    signal.throwIfAborted()
    await checkAndGrow(placement, context)
  }
  const { disks } = await takeInventory(context.machine, context.only)
  const all = disks.map(({ disk }) => disk)
  const disk = all.find(({ device }) => device === plan.disk.device) ?? plan.disk
  report(total - 1)
  signal.throwIfAborted()
  let systems = 0
  for (const placement of plan.placements) {
    if (placement.filesystem === 'ntfs' && hasWindows(disk, placement)) {
      log.step(90, texts.windowsAsRestored(placement.device))
      systems++
    }
    if (isLinux(placement.filesystem)) {
      const found = await configureLinux({ placement, disk, disks: all, firmware, hostName, whole: plan.table !== undefined }, context)
      if (found) systems++
    }
    signal.throwIfAborted()
  }
  if (systems === 0) log.step(90, texts.noSystem)
  if (firmware === 'uefi' && systems > 0) await prepareUefi(disk, all, context)
  report(total)
}

function hasWindows(disk: Disk, { device }: Placement): boolean {
  return disk.partitions.some((partition) =>
    partitionDevice(disk.device, partition.number) === device && partition.system?.family === 'windows')
}
