import type { Folder } from './files.ts'
import { refuse } from './problem.ts'

/** How FOG before 1.0 named what it kept of Windows 7: the recovery and boot partitions, and the system's. */
const RECOVERY = 'rec.img'
const SYSTEM = 'sys.img'

/** Whether a name is one of them. */
export function isOldFogName(name: string): boolean {
  return new RegExp(`^(?:${RECOVERY}|${SYSTEM})\\.\\d{3}$`).test(name)
}

/**
 * Paths of such images by the number of their partition: `rec.img.000` and `rec.img.001` are a partition each, and all
 * of `sys.img.000`, `sys.img.001` … is the one behind them. None when the folder is not of that time.
 * @throws `corruptImage` the system's image or a part of it is missing
 */
export function oldFogImages(folder: Folder): Map<number, string[]> {
  const recovery = folder.parts(RECOVERY)
  const system = folder.parts(SYSTEM)
  if (recovery.length > 0 && system.length === 0) throw refuse('missingPart', `${SYSTEM}.000 is missing`, { file: SYSTEM, place: SYSTEM })
  const images = [...recovery.map((path) => [path]), ...(system.length > 0 ? [system] : [])]
  return new Map(images.map((files, at) => [at + 1, files]))
}
