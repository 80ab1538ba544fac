import { runToEnd } from '../run/run-to-end.ts'
import type { FilesystemFamily } from './family.ts'
import { withMounted } from './mounted.ts'

/** XFS, by the kernel, mounted; it checks every block's checksum itself. XFS does not shrink. */
export const xfs: FilesystemFamily = {
  // struct xfs_dsb, big-endian: sb_blocksize, sb_dblocks.
  size: (head) => Number(head.getBigUint64(8)) * head.getUint32(4),
  growing: {
    grow: (device) => withMounted(device, 'xfs', async (folder) => {
      await runToEnd(['xfs_growfs', '-d', folder])
    }),
  },
}
