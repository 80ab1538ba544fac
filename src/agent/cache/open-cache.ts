import { localDisks } from '#image/disk/local-disks.ts'
import type { OperationContext } from '../operation.ts'
import { needCache } from './find-cache.ts'
import { MountedCache } from './mounted-cache.ts'

/** Finds and mounts the CACHE of this computer. @throws `noCache` · `cache` */
export async function openCache({ machine, only, state }: Pick<OperationContext, 'machine' | 'only' | 'state'>): Promise<MountedCache> {
  const { device } = needCache(await localDisks(machine, only))
  return MountedCache.open(device, { state, run: machine.run })
}
