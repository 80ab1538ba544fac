const FIRST = 500
const CAP = 15_000

/**
 * Milliseconds before connection attempt `failures` + 1: doubling, at most 15 s, and "full jitter" in its upper half, so that a
 * classroom whose switch came back does not call all at once.
 * @param failures Attempts that failed since the last welcome, from 1.
 * @param random In [0, 1).
 */
export function backoff(failures: number, random: number): number {
  const ceiling = Math.min(CAP, FIRST * 2 ** Math.min(failures - 1, 10))
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}
