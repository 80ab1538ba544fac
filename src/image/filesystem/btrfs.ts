import { ClonaulaError } from '#shared/domain/errors.ts'
import { CommandError, runCommand } from '../run/run.ts'
import { runToEnd } from '../run/run-to-end.ts'
import { readHead } from './block-device.ts'
import { sectorsBefore, type FilesystemFamily, type ShrinkGoal } from './family.ts'
import { withMounted } from './mounted.ts'

/** struct btrfs_super_block is at 64 KiB; its `dev_item` is about the device that it is on. */
const DEV_ITEM = 64 * 1024 + 0xc9
/** Data chunks that are less full than this, in percent, are merged: a chunk is only given back when it is empty. */
const MERGE_BELOW = 80
/** The kernel makes no device smaller (BTRFS_IOC_RESIZE). */
const SMALLEST = 256 * 1024 * 1024
/** A round of shrinking that gains less than this part is the last one. */
const WORTH_A_ROUND = 0.05

/**
 * btrfs, by the kernel, mounted. It needs no check of its own: every block of its trees carries a checksum that the kernel
 * checks when it reads it, and a resize is a transaction, whole or not there at all.
 */
export const btrfs: FilesystemFamily = {
  size: (head) => Number(head.getBigUint64(DEV_ITEM + 8, true)),
  shrinking: {
    shrink: (device, goal, { signal }) => withMounted(device, 'btrfs', (folder) => shrink(device, folder, goal, signal)),
    // The superblock is at 64 KiB; what is before it is left to boot loaders.
    unused: () => sectorsBefore(64 * 1024, 16),
  },
  growing: {
    grow: (device, size) => withMounted(device, 'btrfs', async (folder) => resize(device, folder, size ?? 'max')),
  },
}

/**
 * In rounds: chunks move together when the device gets smaller, and the kernel makes smaller ones on a small device. What is needed is
 * asked each time, because going below it makes the kernel give up in disorder.
 */
async function shrink(device: string, folder: string, goal: ShrinkGoal, signal: AbortSignal | undefined): Promise<void> {
  let size = btrfs.size(await readHead(device))
  for (;;) {
    await merge(folder, signal)
    signal?.throwIfAborted()
    const next = goal(Math.max(SMALLEST, await minimum(folder)))
    if (next === undefined || next > size * (1 - WORTH_A_ROUND)) return
    await resize(device, folder, next)
    size = next
  }
}

async function minimum(folder: string): Promise<number> {
  return parseMinimum((await runCommand(['btrfs', 'inspect-internal', 'min-dev-size', folder])).stdout)
}

/** `441450496 bytes (421.00MiB)` @throws `shrink` */
export function parseMinimum(output: string): number {
  const bytes = /^(\d+) bytes/.exec(output)?.[1]
  if (bytes === undefined) throw new ClonaulaError('shrink', `btrfs min-dev-size printed: ${output.slice(0, 200)}`)
  return Number(bytes)
}

/** Gives back chunks that files left when they were deleted; without room to do it in, they stay. */
async function merge(folder: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await runCommand(['btrfs', 'balance', 'start', `-dusage=${MERGE_BELOW}`, folder], { signal })
  } catch (error) {
    await runCommand(['btrfs', 'balance', 'cancel', folder], { accept: [0, 1, 2] }) // it would go on at the next mount
    if (!(error instanceof CommandError)) throw error
  }
}

async function resize(device: string, folder: string, size: number | 'max'): Promise<void> {
  const id = Number((await readHead(device)).getBigUint64(DEV_ITEM, true))
  await runToEnd(['btrfs', 'filesystem', 'resize', `${id}:${size}`, folder])
}
