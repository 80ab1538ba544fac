import { ClonaulaError } from '#shared/domain/errors.ts'
import { deviceSize } from '../device.ts'
import { runCommand } from '../run/run.ts'
import { readHead } from './block-device.ts'
import { problemOf } from './problem.ts'
import { SWAP_PAGE } from './swap-header.ts'

export interface SwapIdentity {
  /** As blkid gives it; empty = mkswap makes one up. */
  uuid: string
  label: string
}

const SIGNATURE = { at: SWAP_PAGE - 10, text: 'SWAPSPACE2' }

/**
 * Makes a restored swap area as large as its partition, or as small: its header, which is all that an image holds of it, is of the
 * source's. One of another architecture's pages stays as it is in the image.
 * @returns Whether anything had to be done.
 * @throws `formatFailed` · `inUse`
 */
export async function fitSwap(path: string): Promise<boolean> {
  const head = await readHead(path)
  if (!isSwap(head) || lastPage(head) === Math.floor(await deviceSize(path) / SWAP_PAGE) - 1) return false
  await recreateSwap(path, identity(head))
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

/** union swap_header (linux/swap.h), from byte 1024: version, last_page, nr_badpages, uuid, volume name. */
const lastPage = (head: DataView): number => head.getUint32(1028, true)

function identity(head: DataView): SwapIdentity {
  const hex = Buffer.from(head.buffer, head.byteOffset + 1036, 16).toString('hex')
  const label = Buffer.from(head.buffer, head.byteOffset + 1052, 16)
  return {
    uuid: hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
    label: label.subarray(0, label.indexOf(0) < 0 ? 16 : label.indexOf(0)).toString('utf8'),
  }
}

function isSwap(head: DataView): boolean {
  return Buffer.from(head.buffer, head.byteOffset + SIGNATURE.at, SIGNATURE.text.length).toString('latin1') === SIGNATURE.text
}
