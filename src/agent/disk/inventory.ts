import type { Hardware } from '#shared/domain/computer.ts'
import { localDisks, type LocalDisk } from '#image/disk/local-disks.ts'
import type { Machine } from '#image/disk/machine.ts'
import { computerFacts } from './computer.ts'
import { interfaces } from './interfaces.ts'

export interface Inventory {
  hardware: Hardware
  disks: readonly LocalDisk[]
}

/**
 * Looks at the whole computer; writes nothing.
 * @param only Devices that are all of the computer's disks (loop devices too); the fixed and removable disks otherwise.
 */
export async function takeInventory(machine: Machine, only: readonly string[] = []): Promise<Inventory> {
  const disks = await localDisks(machine, only)
  const hardware = {
    ...(await computerFacts(machine)),
    interfaces: await interfaces(machine),
    disks: disks.map(({ disk }) => disk),
  }
  return { hardware, disks }
}
