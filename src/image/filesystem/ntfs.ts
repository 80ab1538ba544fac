import { ClonaulaError } from '#shared/domain/errors.ts'
import { Device, deviceSize } from '../device.ts'
import { runCommand, type Argv } from '../run/run.ts'
import { runToEnd } from '../run/run-to-end.ts'
import { readHead } from './block-device.ts'
import { sectorsBefore, type FilesystemFamily } from './family.ts'

/** `--force` because ntfsresize asks otherwise, and refuses a volume that Windows was told to check (by itself, a moment ago). */
const NTFSRESIZE: Argv = ['ntfsresize', '--force', '--no-progress-bar']

/** NTFS, by ntfsprogs; all of it unmounted. Sizes include the copy of the boot sector that follows the volume's last sector. */
export const ntfs: FilesystemFamily = {
  size: (head) => boot(head).sectors * boot(head).sector + boot(head).sector,
  async check(device, { signal }) {
    await info(device, signal)
  },
  shrinking: {
    async shrink(device, goal, { signal }) {
      const size = goal(parseMinimum(await info(device, signal)))
      if (size === undefined) return
      await runCommand([...NTFSRESIZE, '--no-action', '--size', String(size), device], { signal })
      await resize(device, size)
      await finish(device)
    },
    // $Boot has the first 8 KiB, as much of them for Windows' boot code as that needs.
    unused: () => sectorsBefore(8192, 8),
  },
  growing: {
    async grow(device, size) {
      const all = size ?? await deviceSize(device)
      await runCommand([...NTFSRESIZE, '--no-action', '--size', String(all), device])
      await resize(device, all)
      await finish(device, all)
    },
  },
}

async function info(device: string, signal?: AbortSignal): Promise<string> {
  const { code, stdout, stderr } = await runCommand([...NTFSRESIZE, '--info', device], { signal, accept: [0, 1] })
  if (code === 0) return stdout
  throw new ClonaulaError('filesystem', `ntfsresize on ${device}: ${(stdout + stderr).slice(-1000)}`, { target: device })
}

/** `You might resize at 3096576 bytes or 4 MB (freeing 521 MB).` @throws `shrink` */
export function parseMinimum(output: string): number {
  const bytes = /You might resize at (\d+) bytes/.exec(output)?.[1]
  if (bytes === undefined) throw new ClonaulaError('shrink', `ntfsresize --info printed: ${output.slice(-300)}`)
  return Number(bytes)
}

/** Twice "force" stands for the question "are you sure?". */
async function resize(device: string, size: number): Promise<void> {
  await runToEnd([...NTFSRESIZE, '--force', '--size', String(size), device])
}

/**
 * What ntfsresize leaves to others. It forgets the copy of the boot sector, and counts whole clusters where Windows counts all of
 * the partition's sectors but the one of the copy. And it has Windows check the volume at its next start: that is done here instead,
 * for all computers of a classroom would check at once, and none could be captured before.
 * @param size What the volume shall say that it has, if not what it says.
 */
async function finish(device: string, size?: number): Promise<void> {
  const head = await readHead(device)
  const { sector, sectors, perCluster } = boot(head)
  const wanted = size === undefined ? sectors : Math.floor(size / sector) - 1
  if (Math.floor(wanted / perCluster) !== Math.floor(sectors / perCluster)) {
    throw new ClonaulaError('filesystem', `${device}: ntfsresize left ${sectors} sectors, not ${wanted}`, { target: device })
  }
  head.setBigUint64(40, BigInt(wanted), true)
  await writeBootSector(device, new Uint8Array(head.buffer, 0, sector), wanted * sector)
  await info(device)
  await runToEnd(['ntfsfix', '--clear-dirty', device])
}

async function writeBootSector(path: string, bytes: Uint8Array, copyAt: number): Promise<void> {
  const device = await Device.open(path, { write: true, exclusive: true })
  try {
    await device.write(bytes, copyAt)
    await device.write(bytes, 0)
    await device.flush()
  } finally {
    await device.close()
  }
}

/** Bytes per sector, sectors per cluster, and sectors without the copy of the boot sector. */
function boot(head: DataView): { sector: number; perCluster: number; sectors: number } {
  const code = head.getUint8(13)
  // More than 128 sectors per cluster are given as a power of two, negative (Windows 10 1709).
  const perCluster = code > 128 ? 2 ** (256 - code) : code
  return { sector: head.getUint16(11, true), perCluster, sectors: Number(head.getBigUint64(40, true)) }
}
