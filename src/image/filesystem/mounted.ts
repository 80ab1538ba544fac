import { rmdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { unmount } from '../mounts/unmount.ts'
import { runCommand, streamCommand } from '../run/run.ts'
import { mountFolder } from './sweep-mounts.ts'

/** Filesystems that are mounted here, and how: nothing in them runs, and no path in them leads to a device. */
const OPTIONS: Partial<Record<Filesystem, string>> = {
  ext2: '', ext3: '', ext4: '', ntfs: 'no_detach',
  // A clone of a filesystem that is mounted elsewhere has its UUID.
  xfs: 'nouuid',
  // All subvolumes, whichever is the default one; and a balance that was cut short does not begin again.
  btrfs: 'subvolid=5,skip_balance',
}
const ALWAYS = 'nodev,nosuid,noexec'
/** Tries to unmount. */
const ATTEMPTS = 10

export const canMount = (filesystem: Filesystem): boolean => OPTIONS[filesystem] !== undefined

/** Mounts a block device read-write in a private folder for as long as `work` takes. It is unmounted whatever happens. */
export async function withMounted<T>(
  device: string, filesystem: Filesystem, work: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await mountFolder()
  try {
    const unmounted = await mount(device, filesystem, folder)
    try {
      return await work(folder)
    } finally {
      await takeOff(folder)
      await unmounted()
    }
  } finally {
    await rmdir(folder)
  }
}

/** @throws ClonaulaError when somebody goes on using it */
async function takeOff(folder: string): Promise<void> {
  const problem = await unmount(folder, ATTEMPTS)
  if (problem !== undefined) throw new ClonaulaError('generic', `umount ${folder}: ${problem}`, { command: 'umount' })
}

/** @returns what is to be done after the unmounting */
async function mount(device: string, filesystem: Filesystem, folder: string): Promise<() => Promise<unknown>> {
  const options = [OPTIONS[filesystem], ALWAYS].filter(Boolean).join(',')
  if (filesystem === 'ntfs') return mountNtfs(device, options, folder)
  await runCommand(['mount', '--types', filesystem, '--options', options, device, folder])
  // The kernel remembers the devices of btrfs by UUID, and would take a clone for the same one.
  return async () => filesystem === 'btrfs' && runCommand(['btrfs', 'device', 'scan', '--forget', device], { accept: [0, 1] })
}

/** @returns what waits until all is written: a FUSE server goes on for a moment after `umount` has returned */
async function mountNtfs(device: string, options: string, folder: string): Promise<() => Promise<unknown>> {
  const server = streamCommand(['ntfs-3g', '-o', options, device, folder])
  server.stdin.end()
  server.stdout.resume()
  const ended = server.done.then(() => true, () => true)
  do {
    if (await isMountPoint(folder)) return () => server.done
  } while (!await Promise.race([ended, sleep(20, false)]))
  await server.done
  throw new ClonaulaError('filesystem', `ntfs-3g ended without mounting ${device}`, { target: device })
}

async function isMountPoint(folder: string): Promise<boolean> {
  return (await stat(folder)).dev !== (await stat(dirname(folder))).dev
}
