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
