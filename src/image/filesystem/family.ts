import type { CallOptions } from '../store.ts'
import type { NotShrunk } from './notes.ts'

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
  /**
   * Looks for damage, and mends what can be mended without a decision; absent where the kernel checks all that it reads.
   * @throws `filesystem` there is more than that
   */
  check?(device: string, options: CheckOptions): Promise<void>
  shrinking?: Shrinking
  growing?: Growing
}

export interface CheckOptions extends CallOptions {
  /** Mend everything that a tool can, even where it has to decide what is lost: for a target, never for a source. */
  mendAll?: boolean
}

export interface Shrinking {
  /** Why this one cannot be shrunk, as its superblock says. */
  obstacle?(head: DataView): NotShrunk | undefined
  /**
   * Makes the filesystem smaller where that is worth it, and leaves it clean; a trial run comes first where there is one.
   * @param goal What to shrink to, by what it has now and what it needs at least (bytes); `undefined` = leave it.
   * @throws `shrink`, or what the tool threw: it may then have any size, and is whole if `check` says so
   */
  shrink(device: string, goal: ShrinkGoal, options: CallOptions): Promise<void>
  /**
   * Where a sector of 512 bytes lies in the volume's head that the filesystem and its tools leave as it is; the best places first. A boot
   * loader may be in it.
   */
  unused(head: DataView): readonly number[]
}

export type ShrinkGoal = (minimum: number) => number | undefined

export interface Growing {
  /**
   * Makes the filesystem larger, and leaves it clean.
   * @param size Bytes that `size` shall say afterwards; all that the device has when left out.
   */
  grow(device: string, size?: number): Promise<void>
}

/** The last `count` sectors of 512 bytes before `end`, the last one first. */
export function sectorsBefore(end: number, count: number): number[] {
  return Array.from({ length: count }, (_, index) => end - (index + 1) * 512)
}
