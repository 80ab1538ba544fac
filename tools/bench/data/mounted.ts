import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runCommand } from '#image/run/run.ts'

/** Mounts the filesystem in a file (or on a device) for as long as `work` runs. */
export async function withMount<T>(source: string, work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-bench-'))
  await runCommand(['mount', source, folder])
  try {
    return await work(folder)
  } finally {
    await unmount(folder)
    await rm(folder, { recursive: true })
  }
}

/** ntfs-3g and stray processes need a moment. */
async function unmount(folder: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { code, stderr } = await runCommand(['umount', folder], { accept: [0, 1, 32] })
    if (code === 0) return
    if (attempt === 50) throw new Error(`${folder} cannot be unmounted: ${stderr}`)
    await sleep(200)
  }
}

/** A loop device on a file for as long as `work` runs. */
export async function withLoop<T>(file: string, work: (device: string) => Promise<T>): Promise<T> {
  const { stdout } = await runCommand(['losetup', '--find', '--show', file])
  const device = stdout.trim()
  try {
    return await work(device)
  } finally {
    await runCommand(['losetup', '--detach', device])
  }
}
