import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import type { CallOptions } from '../store.ts'
import { readHead, withBlockDevice } from './block-device.ts'
import { familyOf } from './families.ts'
import { problemOf } from './problem.ts'
import { forgetMarks } from './shrink-marks.ts'
import { fitSwap } from './swap.ts'

export interface GrowTarget {
  /** Block device or plain file. */
  path: string
  filesystem: Filesystem
  /** Bytes of the partition that the image was taken from. */
  sourceSize: number
}

/** What is about to be done, for the log. `cannotGrow`: room is left behind the filesystem, and nothing makes it larger. */
export type GrowStep = { kind: 'checking' } | { kind: 'growing'; size: number } | { kind: 'cannotGrow' }

export interface GrowOptions extends CallOptions {
  onStep?: ((step: GrowStep) => void) | undefined
}

/** Less room than this behind a filesystem is no reason to grow it: most end a little before their partition. */
const WORTHWHILE = 1024 * 1024

/**
 * Checks a restored filesystem and makes it as large as its partition; a swap area is made anew. Not aborted half-way: a filesystem whose resizing was
 * cut is worth nothing, and it takes seconds.
 * @throws `filesystem` its check found damage · `grow` · `formatFailed` a swap area · `inUse`
 */
export async function growTarget(target: GrowTarget, { signal, onStep }: GrowOptions = {}): Promise<void> {
  const { path, filesystem, sourceSize } = target
  if (filesystem === 'swap') return void await fitSwap(path)
  const family = familyOf(filesystem)
  if (!family) {
    const fills = filesystem === 'none' || await deviceSize(path) <= sourceSize
    return fills ? undefined : onStep?.({ kind: 'cannotGrow' })
  }
  signal?.throwIfAborted()
  await withBlockDevice(path, async (device) => {
    await forgetMarks({ path: device, filesystem })
    if (family.check) {
      onStep?.({ kind: 'checking' })
      await family.check(device, { mendAll: true })
    }
    const room = await deviceSize(device)
    if (room - family.size(await readHead(device)) < WORTHWHILE) return
    if (!family.growing) return onStep?.({ kind: 'cannotGrow' })
    onStep?.({ kind: 'growing', size: room })
    try {
      await family.growing.grow(device)
    } catch (cause) {
      const problem = problemOf(cause)
      throw new ClonaulaError('grow', `${path}: ${problem}`, { target: path, problem }, { cause })
    }
  })
}
