import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import { checkSource, type SourceVolume } from '../used-map/check-source.ts'
import { readHead, withBlockDevice } from './block-device.ts'
import { familyOf } from './families.ts'
import { problemOf } from './problem.ts'

/** Filesystems end a little before their partition; shrinking is not done for so little. */
const NEARLY = 0.975

/** Whether a filesystem is so much smaller than its partition that a capture which was cut short must have left it so. */
export function isSmall(size: number, room: number): boolean {
  return size < room * NEARLY
}

/**
 * Brings a filesystem that was shrunk for its capture back to its size, and checks it; does nothing when it has it already.
 * @param size Bytes that it had; all of its partition when left out, as after a process was killed or the power failed.
 * @throws `grow` · `filesystem` · `hibernated` · `inUse`
 */
export async function restoreSize({ path, filesystem }: SourceVolume, size?: number): Promise<void> {
  await withBlockDevice(path, (device) => restoreSizeOn({ path: device, filesystem }, size))
}

/** The same for a block device that nobody else uses. */
export async function restoreSizeOn(volume: SourceVolume, size?: number): Promise<void> {
  const { path: device } = volume
  const family = familyOf(volume.filesystem)
  if (!family?.growing) return
  const now = family.size(await readHead(device))
  if (size === undefined ? !isSmall(now, await deviceSize(device)) : now === size) return
  await refuseHibernated(volume)
  try {
    await family.check?.(device, {})
    await family.growing.grow(device, size)
  } catch (cause) {
    const problem = problemOf(cause)
    throw new ClonaulaError('grow', `${device}: ${problem}`, { target: device, problem }, { cause })
  }
  await family.check?.(device, {})
}

/** A tool that was killed may have left it dirty, which the check and the growing put right. */
async function refuseHibernated(volume: SourceVolume): Promise<void> {
  try {
    await checkSource(volume)
  } catch (error) {
    if (!(error instanceof ClonaulaError && error.result === 'dirtyFilesystem')) throw error
  }
}
