import { open, stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Device } from '../device.ts'
import { runCommand } from '../run/run.ts'
import { firstBytes } from '../used-map/check-source.ts'
import { viewOf } from '../used-map/superblock.ts'
import { sweepMounts } from './sweep-mounts.ts'

/** Tries, 100 ms apart, until a loop device that was just given back is really gone. */
const ATTEMPTS = 20

/**
 * Gives `work` a block device for a volume that may be a plain file: mounting needs one, and resize2fs cuts a plain file off
 * where the filesystem ends. The loop device goes away with its last user, so that a killed process leaves none; what such a one had
 * mounted is unmounted first.
 * @throws `inUse` it is mounted or otherwise claimed
 */
export async function withBlockDevice<T>(path: string, work: (device: string) => Promise<T>): Promise<T> {
  await sweepMounts()
  if ((await stat(path)).isBlockDevice()) {
    await (await Device.open(path, { exclusive: true })).close()
    return work(path)
  }
  await refuseUsed(path)
  const device = (await runCommand(['losetup', '--find', '--show', path])).stdout.trim()
  await using held = await open(device, 'r+')
  await runCommand(['losetup', '--detach', device]) // which it is when `held` is closed
  try {
    return await work(device)
  } finally {
    await held.sync() // before others read the file itself
  }
}

/**
 * Refuses a plain file that is a loop device: what the kernel keeps of the device and of the file are two things.
 * @throws `inUse`
 */
export async function refuseUsed(path: string): Promise<void> {
  for (let attempt = 1; (await runCommand(['losetup', '--associated', path])).stdout.trim() !== ''; attempt++) {
    if (attempt === ATTEMPTS) throw new ClonaulaError('inUse', `${path} is in use as a loop device`, { target: path })
    await sleep(100)
  }
}

/** The volume's first bytes, where superblocks are; zeros where it is shorter. */
export async function readHead(path: string): Promise<DataView> {
  return viewOf(await firstBytes(path))
}
