import type { CallOptions } from '../store.ts'

/**
 * What can be done with the filesystems of one family, by their own tools. Every path is a block device that nobody else uses
 * (`withBlockDevice`). Steps that would leave a filesystem in pieces when they are cut short take no signal.
 */
export interface FilesystemFamily {
  /**
   * Bytes from the filesystem's first to its last, as its superblock says.
   * @param head The volume's first `SUPERBLOCK_BYTES`.
   */
  size(head: DataView): number
  /** Looks for damage and mends what can be mended without a loss. @throws `filesystem` there is more than that */
  check?(device: string, options: CallOptions): Promise<void>
  shrinking?: Shrinking
  growing?: Growing
}

export interface Shrinking {
  /**
   * Makes the filesystem smaller where that is worth it, and leaves it clean; a trial run comes first where there is one.
   * @param goal What to shrink to, by what it has now and what it needs at least (bytes); `undefined` = leave it.
   * @throws `shrink`, or what the tool threw: it may then have any size, and is whole if `check` says so
   */
  shrink(device: string, goal: ShrinkGoal, options: CallOptions): Promise<void>
}

export type ShrinkGoal = (minimum: number) => number | undefined

export interface Growing {
  /**
   * Makes the filesystem larger.
   * @param size Bytes that `size` shall say afterwards; all that the device has when left out.
   * @param clean Whether it shall be as after an orderly unmount; otherwise its own system may be asked to check it first.
   */
  grow(device: string, target: { size?: number | undefined; clean: boolean }): Promise<void>
}
