import { rmdir } from 'node:fs/promises'
import { listMounts } from '../mounts/mount-table.ts'
import { isAbandoned, makeOwnFolder } from '../mounts/own-folder.ts'
import { unmount } from '../mounts/unmount.ts'

const PREFIX = 'clonaula-mount-'

/** A private folder for a mount of this process. */
export function mountFolder(): Promise<string> {
  return makeOwnFolder(PREFIX)
}

/**
 * Unmounts what processes that were killed had mounted: a source would seem to be in use for ever. One in which a tool of theirs is
 * still at work stays.
 */
export async function sweepMounts(): Promise<void> {
  for (const { place } of await listMounts()) {
    if (await isAbandoned(place, PREFIX) && await unmount(place, 1) === undefined) await rmdir(place)
  }
}
