import { readFile } from 'node:fs/promises'

const MIB = 1024 * 1024

/**
 * What a shrunk filesystem keeps beyond what its tool says that it needs: a tenth, as OpenGnsys does. To squeeze out the last
 * block takes the longest, and a system that is restored to a partition of exactly that size has to have room to start.
 */
const MARGIN = 1.1
/** Shrinking moves data of the source: not for the last twentieth of its size. */
const WORTHWHILE = 0.95

/** Bytes to shrink to, whole MiB; `undefined` when that is not worth it. */
export function shrinkGoal(current: number, minimum: number): number | undefined {
  const goal = (Math.ceil((minimum * MARGIN) / MIB) + 1) * MIB
  return goal <= current * WORTHWHILE ? goal : undefined
}

/** The tools themselves, and four maps of a bit for each block of 4 KiB. (e2fsck takes 24 MB for an empty ext4 of 1 TB, ntfsresize 3.) */
const TOOLS = 64 * MIB
const BYTES_PER_BYTE = (4096 * 8) / 4

/** Size of the largest filesystem whose tools have memory enough here: one that is ended for want of it leaves a ruin. */
export async function shrinkableBytes(): Promise<number> {
  return roomFor(await readFile('/proc/meminfo', 'utf8'))
}

/** `MemAvailable:  23500000 kB` */
export function roomFor(meminfo: string): number {
  const available = Number(/^MemAvailable:\s+(\d+) kB$/m.exec(meminfo)?.[1] ?? 0) * 1024
  return Math.max(0, available - TOOLS) * BYTES_PER_BYTE
}
