import { ClonaulaError } from '#shared/domain/errors.ts'
import { formatBytes } from '#shared/i18n/index.ts'
import { isExt } from '#image/disk/filesystems.ts'
import type { OperationContext } from '../operation.ts'
import type { Placement } from '#image/disk/plan-restore.ts'

/**
 * Checks a restored filesystem and makes it as large as its partition. Not aborted half-way: a filesystem whose resizing was
 * cut is worth nothing, and it takes seconds.
 * @throws `filesystem` e2fsck could not mend it · `grow`
 */
export async function checkAndGrow(placement: Placement, context: OperationContext): Promise<void> {
  const { filesystem, device, size, sourceSize } = placement
  if (isExt(filesystem)) return growExt(placement, context)
  if (filesystem === 'ntfs') return growNtfs(placement, context)
  const fills = filesystem === 'swap' || filesystem === 'none' || size <= sourceSize
  if (!fills) context.log.warn(context.texts.noGrow(device, filesystem))
}

async function growExt({ device, size }: Placement, { machine: { run }, log, texts, language }: OperationContext): Promise<void> {
  log.step(90, texts.checking(device))
  // e2fsck(8): 0 clean, 1 mended, 2 mended and a mounted root would have to be restarted; more is bad.
  const { code, stdout } = await run(['e2fsck', '-f', '-y', device], { accept: [0, 1, 2, 4, 8, 12] })
  if (code > 2) {
    throw new ClonaulaError('filesystem', `e2fsck on ${device} ended with ${code}: ${stdout.slice(-1000)}`, { target: device })
  }
  log.step(90, texts.growing(device, formatBytes(size, language)))
  await grow(() => run(['resize2fs', device]))
}

/** ntfsresize checks the volume before it touches it, and marks it for Windows to check at its next start. */
async function growNtfs(placement: Placement, { machine: { run }, log, texts, language }: OperationContext): Promise<void> {
  const { device, size, sourceSize } = placement
  if (size <= sourceSize) return
  log.step(90, texts.growing(device, formatBytes(size, language)))
  await grow(async () => {
    await run(['ntfsresize', '--no-action', '--force', '--no-progress-bar', device])
    // Twice "force" stands for the question "are you sure?".
    await run(['ntfsresize', '--force', '--force', '--no-progress-bar', device])
  })
}

async function grow(work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause)
    throw new ClonaulaError('grow', problem, { problem: problem.slice(0, 300) }, { cause })
  }
}
