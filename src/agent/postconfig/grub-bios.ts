import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Disk } from '#shared/domain/disk.ts'
import type { OperationContext } from '../operation.ts'
import { grubProblem } from './grub-check.ts'
import { existsInside } from './inside.ts'
import type { Mounts } from './mounts.ts'

/** Seconds that grub-install may take on a slow disk. */
const PATIENCE = 180_000

/** Why the disk would not start GRUB; `undefined` when it would. */
export async function diskGrubProblem(disk: Disk, { machine }: OperationContext): Promise<string | undefined> {
  const read = async (offset: number): Promise<Uint8Array> => await machine.bytes(disk.device, offset, 512) ?? new Uint8Array()
  return grubProblem(await read(0), disk.sectorSize, disk.partitions, read)
}

/**
 * Installs GRUB for BIOS on the disk of a restored system that uses it. Its own GRUB is preferred, because modules and
 * configuration of one version belong together; the live system's stands in where the system has only the files of /boot/grub.
 * @param mounts Holds the system, its /boot included.
 * @throws `bootLoader`
 */
export async function installGrub(mounts: Mounts, disk: Disk, context: OperationContext): Promise<void> {
  const { machine: { run }, log, texts } = context
  log.step(90, texts.installingGrub(disk.device))
  const options = ['--target=i386-pc', '--recheck', disk.device]
  try {
    if (await hasOwnGrub(mounts.root)) {
      for (const folder of ['/dev', '/proc', '/sys']) await mounts.bind(folder)
      await run(['chroot', mounts.root, '/usr/sbin/grub-install', ...options], { timeout: PATIENCE })
    } else {
      await run(['grub-install', `--boot-directory=${mounts.root}/boot`, ...options], { timeout: PATIENCE })
    }
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause))
  }
  const problem = await diskGrubProblem(disk, context)
  if (problem !== undefined) throw failed(problem)
  log.step(90, texts.grubWorks(disk.device))
}

async function hasOwnGrub(root: string): Promise<boolean> {
  return await existsInside(root, 'usr/sbin/grub-install') && await existsInside(root, 'usr/lib/grub/i386-pc/modinfo.sh')
}

function failed(problem: string): ClonaulaError {
  return new ClonaulaError('bootLoader', problem, { problem: problem.slice(0, 300) })
}
