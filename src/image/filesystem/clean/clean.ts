import { statfs } from 'node:fs/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { isLinux } from '../../disk/filesystems.ts'
import type { CallOptions } from '../../store.ts'
import { canMount, withMounted } from '../mounted.ts'
import { cleanLinux } from './linux.ts'
import { cleanWindows } from './windows.ts'

export const canClean = (filesystem: Filesystem): boolean => canMount(filesystem)

export interface Cleaned {
  /** Files that were removed, and bytes that were given back to the filesystem. */
  files: number
  bytes: number
}

/**
 * Takes away what an installed system makes anew: see `cleanWindows` and `cleanLinux`. The filesystem is mounted read-write
 * meanwhile, and clean afterwards.
 * @throws `hibernated` a swap file holds the memory of a hibernated Linux
 */
export async function cleanFilesystem(device: string, filesystem: Filesystem, { signal }: CallOptions): Promise<Cleaned> {
  return withMounted(device, filesystem, async (folder) => {
    const before = await freeBytes(folder)
    const files = await (isLinux(filesystem) ? cleanLinux(folder, { signal }) : cleanWindows(folder, { signal }))
    return { files, bytes: Math.max(0, await freeBytes(folder) - before) }
  })
}

async function freeBytes(folder: string): Promise<number> {
  const { bfree, bsize } = await statfs(folder)
  return bfree * bsize
}
