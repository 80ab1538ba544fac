import { open, type FileHandle } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Machine } from '../disk/machine.ts'

/**
 * A plain file as a block device. The kernel takes the loop device and its partitions away when nobody has them open any more: also
 * when this process is killed, which nothing else could tidy up after.
 */
export class AttachedDisk {
  readonly device: string
  readonly #hold: FileHandle

  private constructor(device: string, hold: FileHandle) {
    this.device = device
    this.#hold = hold
  }

  /**
   * @param sectorSize Bytes; what tables in it count in.
   * @throws `noWriteAccess` only root may make loop devices
   */
  static async attach(machine: Machine, file: string, sectorSize = 512): Promise<AttachedDisk> {
    if (process.getuid?.() !== 0) {
      throw new ClonaulaError('noWriteAccess', `only root can look into the disk in ${file} (loop devices)`, { target: file })
    }
    const { stdout } = await machine.run(
      ['losetup', '--find', '--show', '--partscan', '--sector-size', String(sectorSize), file])
    const device = stdout.trim()
    const hold = await open(device)
    // As long as it is open, `--detach` only says what is to happen when it is closed.
    await machine.run(['losetup', '--detach', device])
    return new AttachedDisk(device, hold)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#hold.close()
  }
}
