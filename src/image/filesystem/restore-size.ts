import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import type { SourceVolume } from '../used-map/check-source.ts'
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
 * @throws `grow` · `filesystem` · `inUse`
 */
export async function restoreSize({ path, filesystem }: SourceVolume, size?: number): Promise<void> {
  const family = familyOf(filesystem)
  if (!family?.growing) return
  const { growing } = family
  await withBlockDevice(path, async (device) => {
    const now = family.size(await readHead(device))
    if (size === undefined ? !isSmall(now, await deviceSize(device)) : now === size) return
    try {
      await family.check?.(device, {})
      await growing.grow(device, { size, clean: true })
    } catch (cause) {
      const problem = problemOf(cause)
      throw new ClonaulaError('grow', `${path}: ${problem}`, { target: path, problem }, { cause })
    }
    await family.check?.(device, {})
  })
}
