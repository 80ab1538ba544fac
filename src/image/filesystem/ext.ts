import { ClonaulaError } from '#shared/domain/errors.ts'
import { runCommand } from '../run/run.ts'
import { runToEnd } from '../run/run-to-end.ts'
import { readHead } from './block-device.ts'
import type { CheckOptions, FilesystemFamily } from './family.ts'

/** ext2, ext3, ext4, by e2fsprogs; all of it unmounted. */
export const ext: FilesystemFamily = {
  size: extSize,
  check,
  shrinking: {
    // s_journal_dev: e2fsck and resize2fs want that device too.
    obstacle: (head) => (head.getUint32(1024 + 0xe4, true) === 0 ? undefined : 'journal'),
    async shrink(device, goal, { signal }) {
      const { stdout } = await runCommand(['resize2fs', '-P', device], { signal })
      const block = blockSize(await readHead(device))
      const size = goal(parseMinimum(stdout) * block)
      if (size !== undefined) await runToEnd(['resize2fs', device, String(Math.ceil(size / block))])
    },
    // The superblock has bytes 1024–2047; the rest of a larger first block is nobody's, and what is before it a boot loader's.
    unused: (head) => (blockSize(head) >= 4096 ? [3584, 3072, 2560, 2048, 512] : [512]),
  },
  growing: {
    async grow(device, size) {
      // Without a size: all that there is. A number without a unit counts the filesystem's own blocks.
      const blocks = size === undefined ? [] : [String(size / blockSize(await readHead(device)))]
      await runToEnd(['resize2fs', device, ...blocks])
    },
  },
}

/** e2fsck(8): 0 clean, 1 mended, 2 mended and a mounted root would have to be restarted; more is bad. */
async function check(device: string, { mendAll, signal }: CheckOptions): Promise<void> {
  const { code, stdout } = await runCommand(['e2fsck', '-f', mendAll ? '-y' : '-p', device], { signal, accept: [0, 1, 2, 4, 8, 12] })
  if (code > 2) {
    throw new ClonaulaError('filesystem', `e2fsck on ${device} ended with ${code}: ${stdout.slice(-1000)}`, { target: device })
  }
}

/** Documentation/filesystems/ext4/super.rst; the superblock is at 1024. */
function extSize(head: DataView): number {
  const wide = (head.getUint32(1024 + 0x60, true) & 0x80) !== 0
  const blocks = head.getUint32(1024 + 0x4, true) + (wide ? head.getUint32(1024 + 0x150, true) * 2 ** 32 : 0)
  return blocks * blockSize(head)
}

function blockSize(head: DataView): number {
  return 1024 * 2 ** head.getUint32(1024 + 0x18, true)
}

/** `Estimated minimum size of the filesystem: 26954`, in the filesystem's blocks. @throws `shrink` */
export function parseMinimum(output: string): number {
  const blocks = /minimum size of the filesystem: (\d+)/.exec(output)?.[1]
  if (blocks === undefined) throw new ClonaulaError('shrink', `resize2fs -P printed: ${output.slice(0, 200)}`)
  return Number(blocks)
}
