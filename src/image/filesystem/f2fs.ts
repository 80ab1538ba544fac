import { ClonaulaError } from '#shared/domain/errors.ts'
import { runCommand } from '../run/run.ts'
import { runToEnd } from '../run/run-to-end.ts'
import type { CheckOptions, FilesystemFamily } from './family.ts'

/** F2FS, by f2fs-tools, unmounted. F2FS does not shrink. */
export const f2fs: FilesystemFamily = {
  // struct f2fs_super_block at 1024: log_blocksize, block_count.
  size: (head) => Number(head.getBigUint64(1024 + 36, true)) * 2 ** head.getUint32(1024 + 16, true),
  check,
  growing: {
    async grow(device) {
      await runToEnd(['resize.f2fs', device])
    },
  },
}

async function check(device: string, { signal }: CheckOptions): Promise<void> {
  const { code, stdout } = await runCommand(['fsck.f2fs', '-a', device], { signal, accept: [0, 1, 255] })
  if (code !== 0) throw new ClonaulaError('filesystem', `fsck.f2fs on ${device} ended with ${code}: ${stdout.slice(-1000)}`, { target: device })
}
