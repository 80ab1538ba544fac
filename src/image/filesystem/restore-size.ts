import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import { checkSource, type SourceVolume } from '../used-map/check-source.ts'
import { readHead, withBlockDevice } from './block-device.ts'
import { familyOf } from './families.ts'
import { problemOf } from './problem.ts'
import { clearAhead, clearBehind, markAhead } from './shrink-marks.ts'

/** Filesystems end a little before their partition; shrinking is not done for so little. */
const NEARLY = 0.975

/** Whether a filesystem that was captured is so much smaller than its partition that it must have been shrunk for that. */
export function isSmall(size: number, room: number): boolean {
  return size < room * NEARLY
}

/**
 * Brings a filesystem that was shrunk for its capture back to its size, and checks it; does nothing when it has it already.
 * @param size Bytes that it had; all of its partition when left out.
 * @throws `grow` · `filesystem` · `hibernated` · `inUse`
 */
export async function restoreSize({ path, filesystem }: SourceVolume, size?: number): Promise<void> {
  await withBlockDevice(path, (device) => restoreSizeOn({ path: device, filesystem }, size))
}

/** The same for a block device that nobody else uses. Cut short at any moment, it is marked as what it is. */
export async function restoreSizeOn(volume: SourceVolume, size?: number): Promise<void> {
  const { path: device } = volume
  const family = familyOf(volume.filesystem)
  if (!family?.growing) return
  const now = family.size(await readHead(device))
  if (size === undefined ? !isSmall(now, await deviceSize(device)) : now === size) return clearAhead(device, family)
  await refuseHibernated(volume)
  await markAhead(device, family, size ?? await deviceSize(device))
  await clearBehind(device, family)
  try {
    await family.check?.(device, {})
    await family.growing.grow(device, size)
  } catch (cause) {
    const problem = problemOf(cause)
    throw new ClonaulaError('grow', `${device}: ${problem}`, { target: device, problem }, { cause })
  }
  await family.check?.(device, {})
  await clearAhead(device, family)
}

/** A tool that was killed may have left it dirty, which the check and the growing put right. */
async function refuseHibernated(volume: SourceVolume): Promise<void> {
  try {
    await checkSource(volume)
  } catch (error) {
    if (!(error instanceof ClonaulaError && error.result === 'dirtyFilesystem')) throw error
  }
}
