import { runCommand } from '#image/run/run.ts'
import type { CleanupStack } from '../host/cleanup.ts'

/**
 * Attaches a raw disk image as a loop device with its partitions. `losetup -P` relies on the kernel's own
 * partition parser, which not every kernel has; `partx` reads the table itself.
 */
export async function attachDisk(image: string, cleanup: CleanupStack): Promise<string> {
  const { stdout } = await runCommand(['losetup', '--find', '--show', image])
  const device = stdout.trim()
  cleanup.push(`loop device ${device}`, () => runCommand(['losetup', '--detach', device]))
  // Partitions outlive a detached loop device, and belong to the next one of that name: those of a killed process too.
  await runCommand(['partx', '--delete', device], { accept: [0, 1] })
  await runCommand(['partx', '--add', device])
  cleanup.push(`partitions of ${device}`, () => runCommand(['partx', '--delete', device]))
  return device
}

export async function mount(args: readonly string[], where: string, cleanup: CleanupStack): Promise<void> {
  await runCommand(['mount', ...args, where])
  cleanup.push(`mount ${where}`, () => runCommand(['umount', where]))
}
