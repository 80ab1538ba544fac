import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { holdersOf } from '../run/holders.ts'
import { runCommand } from '../run/run.ts'
import { checkSource, type SourceVolume } from '../used-map/check-source.ts'
import { withBlockDevice } from './block-device.ts'
import { familyOf } from './families.ts'
import type { SourceNote } from './notes.ts'
import { restoreSizeOn } from './restore-size.ts'
import { clearAhead, findMark } from './shrink-marks.ts'

/** Milliseconds between two looks at a tool that outlived who started it, and how long it is waited for. */
const INTERVAL = 200
const PATIENCE = 20 * 60_000

/**
 * Brings a filesystem that a capture made small back to its size: one that was killed, or that the power failed in. One that carries no
 * mark of that stays as it is, whatever its size. Not aborted: it takes seconds.
 * @returns what was done; nothing when there was nothing to do
 * @throws `grow` · `filesystem` it is damaged · `hibernated` · `dirtyFilesystem` Windows has used it since, and wants to check it ·
 *   `inUse` · `noWriteAccess` a plain file, and not root
 */
export async function bringBack({ path, filesystem }: SourceVolume): Promise<SourceNote | undefined> {
  const mark = await findMark({ path, filesystem })
  if (!mark) return undefined
  if (process.getuid?.() !== 0 && !(await stat(path)).isBlockDevice()) {
    throw new ClonaulaError('noWriteAccess', `only root can give ${path} its size back (loop devices)`, { target: path })
  }
  if (mark.resizing) await toolsDone(path)
  const brought = await withBlockDevice(path, (device) => bringBackOn({ path: device, filesystem }))
  return brought && { kind: 'broughtBack', path, ...brought }
}

/** The same for a block device that nobody else uses. @returns bytes that it had, and has */
async function bringBackOn(volume: SourceVolume): Promise<{ from: number; to: number } | undefined> {
  const mark = await findMark(volume) // again: its tool may have been at work
  const family = familyOf(volume.filesystem)
  if (!mark || !family) return undefined
  const { now, size, resizing } = mark
  if (now >= size) {
    await clearAhead(volume.path, family)
    return undefined
  }
  // Its tool leaves NTFS marked as dirty until it is done. After that it was Windows, whose check is not to be taken from it.
  if (!resizing && volume.filesystem === 'ntfs') await checkSource(volume)
  await restoreSizeOn(volume, size)
  return { from: now, to: size }
}

/** A tool that moves blocks goes on when its capture is killed, and ntfsresize claims nothing. @throws `inUse` */
async function toolsDone(path: string): Promise<void> {
  const start = performance.now()
  const loops = (await runCommand(['losetup', '--associated', path, '--noheadings', '--output', 'NAME'])).stdout.split('\n').filter(Boolean)
  while ((await holdersOf([path, ...loops])).length > 0) {
    if (performance.now() - start > PATIENCE) throw new ClonaulaError('inUse', `${path} is in use`, { target: path })
    await sleep(INTERVAL)
  }
}
