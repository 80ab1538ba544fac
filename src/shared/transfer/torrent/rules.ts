import type { NetworkProperties } from '../../domain/classroom.ts'
import { BLOCK_LENGTH } from '../../wire/bittorrent/peer-messages.ts'

/**
 * What a client of a room does: a `peer` fetches and sends, a `leecher` fetches and sends nothing, a `seeder` sends
 * what it has and fetches nothing.
 */
export type P2pMode = NetworkProperties['p2pMode']

export const mayFetch = (mode: P2pMode): boolean => mode !== 'seeder'
export const maySend = (mode: P2pMode): boolean => mode !== 'leecher'

/** Seconds that a client goes on after there is nothing (more) to fetch. @param p2pTime of the room */
export function secondsOfSeeding(mode: P2pMode, p2pTime: number): number {
  return maySend(mode) ? p2pTime : 0
}

/**
 * Requests that a peer has unanswered at once: as many as come in a quarter of a second. Its line is never idle, and
 * little is on the way twice (what several clients have asked the same seed for, nobody can tell the others about).
 */
export function pipelineDepth(rate: number): number {
  return Math.min(MAX_DEPTH, MIN_DEPTH + Math.ceil((rate * PIPELINE_SECONDS) / BLOCK_LENGTH))
}
const MIN_DEPTH = 8
const MAX_DEPTH = 256
const PIPELINE_SECONDS = 0.25

/** Milliseconds without a block of all that a peer was asked for, after which others are asked. */
export const SNUBBED_AFTER = 15_000

/** Why nothing comes: nobody is connected, what is missing is at none of them, or they send nothing. */
export type Stall = 'no-peers' | 'not-available' | 'no-data'

/** Milliseconds without a byte, after which it is said. */
export const STALLED_AFTER = 10_000

export interface StallFacts {
  /** Whether anything is missing. */
  complete: boolean
  /** Milliseconds since a byte came, or since it all began. */
  idle: number
  peers: number
  /** Whether every missing piece is at one of them. */
  reachable: boolean
}

export function stallOf({ complete, idle, peers, reachable }: StallFacts): Stall | undefined {
  if (complete || idle < STALLED_AFTER) return undefined
  if (peers === 0) return 'no-peers'
  return reachable ? 'no-data' : 'not-available'
}

/**
 * Milliseconds before the next attempt after so many failures in a row: doubled from a second up to half a minute, and
 * spread so that a class does not come back as one.
 */
export function retryDelay(failures: number, random: () => number): number {
  return Math.min(30_000, 1000 * 2 ** Math.min(failures - 1, 5)) * (0.5 + random() / 2)
}
