import { mkdtemp, readdir, readFile, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { runCommand, streamCommand } from '../run/run.ts'

/** Filesystems that are mounted here, and how: nothing in them runs, and no path in them leads to a device. */
const OPTIONS: Partial<Record<Filesystem, string>> = {
  ext2: '', ext3: '', ext4: '', ntfs: 'no_detach',
  // A clone of a filesystem that is mounted elsewhere has its UUID.
  xfs: 'nouuid',
  // All subvolumes, whichever is the default one.
  btrfs: 'subvolid=5',
}
const ALWAYS = 'nodev,nosuid,noexec'
/** `clonaula-mount-PROCESS-RANDOM`: the process tells whether a mount was left behind by one that was killed. */
const PREFIX = 'clonaula-mount-'
/** Tries to unmount, the first ones 100 ms apart: an indexer may hold a file for a moment. */
const ATTEMPTS = 10

export const canMount = (filesystem: Filesystem): boolean => OPTIONS[filesystem] !== undefined

/** Mounts a block device read-write in a private folder for as long as `work` takes. It is unmounted whatever happens. */
export async function withMounted<T>(
  device: string, filesystem: Filesystem, work: (folder: string) => Promise<T>,
): Promise<T> {
  await sweepMounts()
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  try {
    const unmounted = await mount(device, filesystem, folder)
    try {
      return await work(folder)
    } finally {
      await unmount(folder)
      await unmounted()
    }
  } finally {
    await rmdir(folder)
  }
}

/** Unmounts what processes that were killed had mounted: a source would seem to be in use for ever. */
export async function sweepMounts(): Promise<void> {
  const mounts = await readFile('/proc/self/mounts', 'utf8')
  for (const [, place = ''] of mounts.split('\n').map((line) => line.split(' '))) {
    if (isAbandoned(place, await processes())) {
      await unmount(place)
      await rmdir(place)
    }
  }
}

function isAbandoned(place: string, alive: ReadonlySet<string>): boolean {
  const owner = new RegExp(`^${PREFIX}(\\d+)-`).exec(basename(place))?.[1]
  return owner !== undefined && dirname(place) === tmpdir() && !alive.has(owner)
}

async function processes(): Promise<ReadonlySet<string>> {
  return new Set(await readdir('/proc'))
}

/** @returns what waits, after the unmounting, until all is written: a FUSE server goes on for a moment after `umount` returned */
async function mount(device: string, filesystem: Filesystem, folder: string): Promise<() => Promise<unknown>> {
  const options = [OPTIONS[filesystem], ALWAYS].filter(Boolean).join(',')
  if (filesystem !== 'ntfs') {
    await runCommand(['mount', '--types', filesystem, '--options', options, device, folder])
    // The kernel remembers the devices of btrfs by UUID, and would take a clone for the same one.
    return async () => filesystem === 'btrfs' && runCommand(['btrfs', 'device', 'scan', '--forget', device], { accept: [0, 1] })
  }
  const server = streamCommand(['ntfs-3g', '-o', options, device, folder])
  server.stdin.end()
  server.stdout.resume()
  await Promise.race([mounted(folder), server.done])
  return () => server.done
}

async function mounted(folder: string): Promise<void> {
  while ((await runCommand(['mountpoint', '--quiet', folder], { accept: [0, 1, 32] })).code !== 0) await sleep(20)
}

async function unmount(folder: string): Promise<void> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
    if ((await runCommand(['umount', folder], { accept: [0, 1, 32] })).code === 0) return
    await sleep(100)
  }
  await runCommand(['umount', folder])
}
