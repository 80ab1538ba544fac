import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import { runCommand } from '../run/run.ts'
import { readHead } from './block-device.ts'
import { problemOf } from './problem.ts'
import { decodeSwapHeader, SWAP_PAGE } from './swap-header.ts'

export interface SwapIdentity {
  /** As blkid gives it; empty = mkswap makes one up. */
  uuid: string
  label: string
}

/**
 * Makes a restored swap area as large as its partition, or as small: its header, which is all that an image holds of it, is of the
 * source's. One of another architecture's pages stays as it is in the image.
 * @returns Whether anything had to be done.
 * @throws `formatFailed` · `inUse`
 */
export async function fitSwap(path: string): Promise<boolean> {
  const { buffer, byteOffset, byteLength } = await readHead(path)
  const header = decodeSwapHeader(new Uint8Array(buffer, byteOffset, byteLength))
  if (!header || header.size === Math.floor(await deviceSize(path) / SWAP_PAGE) * SWAP_PAGE) return false
  await recreateSwap(path, header)
  return true
}

/**
 * Makes a swap area on all of a partition or file, with the identity by which a system's fstab and initramfs know it: its content
 * is worth nothing, and its header says how large the source's was.
 * @throws `formatFailed` · `inUse`
 */
export async function recreateSwap(path: string, { uuid, label }: SwapIdentity): Promise<void> {
  const options = [...(uuid === '' ? [] : ['--uuid', uuid]), ...(label === '' ? [] : ['--label', label])]
  try {
    await runCommand(['mkswap', '--quiet', ...options, path])
  } catch (cause) {
    const problem = problemOf(cause)
    throw new ClonaulaError('formatFailed', `${path}: ${problem}`, { target: path, problem }, { cause })
  }
}
