import { mkdtemp, rmdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { unmount } from '#image/mounts/unmount.ts'
import { runCommand } from '#image/run/run.ts'

interface AttachOptions {
  readOnly?: boolean
}

/** Mounts the filesystem in a file (or on a device) for as long as `work` runs. */
export async function withMount<T>(
  source: string, work: (folder: string) => Promise<T>, { readOnly = false }: AttachOptions = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-bench-'))
  await runCommand(['mount', '--options', readOnly ? 'ro' : 'rw', source, folder])
  try {
    return await work(folder)
  } finally {
    await takeOff(folder)
  }
}

/** ntfs-3g and stray processes need a moment. */
async function takeOff(folder: string): Promise<void> {
  const problem = await unmount(folder, 100)
  if (problem !== undefined) throw new Error(`${folder} cannot be unmounted: ${problem}`)
  await rmdir(folder)
}

/** A loop device on a file for as long as `work` runs. */
export async function withLoop<T>(
  file: string, work: (device: string) => Promise<T>, { readOnly = false }: AttachOptions = {},
): Promise<T> {
  const { stdout } = await runCommand(['losetup', '--find', '--show', ...(readOnly ? ['--read-only'] : []), file])
  const device = stdout.trim()
  try {
    return await work(device)
  } finally {
    await runCommand(['losetup', '--detach', device])
  }
}
