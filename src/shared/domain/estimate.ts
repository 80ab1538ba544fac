/**
 * How long a restore will take on a computer: as long as the like of it took before; where there was none, what its
 * network cannot do faster. Where neither is known nothing is said.
 */
import type { RestoreMethod } from './method.ts'
import { bytesPerSecond } from './transfer-limits.ts'

/** A restore that went well. Times are milliseconds since the epoch. */
export interface PastRestore {
  startedAt: number
  finishedAt: number
  /** Plain bytes that it wrote, or found in their place. */
  bytes: number
}

export interface PlannedLoad {
  method: RestoreMethod
  /** Plain bytes that it puts in their place. */
  bytes: number
  /** Bytes that come over the network for it, all of them. */
  transfer: number
  /** How many receive at the same time, this one included. */
  computers: number
  /** Mbit/s of the computer's own link; undefined: its driver does not say. */
  linkSpeed: number | undefined
  /** Mbit/s that the console sends at most, to all of them together; undefined: as fast as it can. */
  limit: number | undefined
}

export interface Estimate {
  seconds: number
  /** `history`: about so long · `network`: no less, for want of anything to go by. */
  basis: 'history' | 'network'
}

/** @param past restores by the same method, of the same room if it has any */
export function estimateRestore(load: PlannedLoad, past: readonly PastRestore[]): Estimate | undefined {
  const least = networkSeconds(load)
  const known = historySeconds(load, past, least)
  if (known !== undefined) return { seconds: Math.max(1, Math.round(known)), basis: 'history' }
  return least > 0 ? { seconds: Math.max(1, Math.round(least)), basis: 'network' } : undefined
}

/** What the slowest link on the way needs for the bytes; 0 where nothing is transferred or no link is known. */
function networkSeconds({ method, transfer, computers, linkSpeed, limit }: PlannedLoad): number {
  const line = Math.min(linkSpeed ?? Infinity, limit ?? Infinity)
  return (transfer * (isShared(method) ? computers : 1)) / bytesPerSecond(line)
}

/** Each computer gets its own copy out of the console's one line. */
function isShared(method: RestoreMethod): boolean {
  return method === 'UNICAST-DIRECT' || method === 'UNICAST-CACHE'
}

/** By the restores that had about as many others beside them. What writes nothing is like none of them. */
function historySeconds(load: PlannedLoad, past: readonly PastRestore[], least: number): number | undefined {
  if (load.bytes === 0) return undefined
  const runs = past.filter(({ bytes, startedAt, finishedAt }) => bytes > 0 && finishedAt > startedAt)
    .map((run) => ({ rate: (run.bytes * 1000) / (run.finishedAt - run.startedAt), computers: together(run, past) }))
  const distance = (computers: number): number => Math.abs(Math.log(computers / load.computers))
  const nearest = Math.min(...runs.map(({ computers }) => distance(computers)))
  const alike = runs.filter(({ computers }) => distance(computers) === nearest)
  if (alike.length === 0) return undefined
  const alone = load.bytes / median(alike.map(({ rate }) => rate))
  const then = Math.max(...alike.map(({ computers }) => computers))
  if (load.transfer === 0 || !isShared(load.method) || load.computers <= then) return alone
  // More of them than ever: what was measured still holds for each, and so does what the line can carry.
  return least > 0 ? Math.max(alone, least) : (alone * load.computers) / then
}

/** How many were under way half-way through a run, itself included. */
function together({ startedAt, finishedAt }: PastRestore, past: readonly PastRestore[]): number {
  const middle = (startedAt + finishedAt) / 2
  return past.filter((other) => other.startedAt <= middle && middle <= other.finishedAt).length
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
