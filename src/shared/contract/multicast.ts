/**
 * What sender and receivers of a multicast session say to each other over a reliable, ordered, authenticated channel: in the
 * product the agent's WebSocket. The data themselves are datagrams (src/shared/wire/multicast.ts). Specified in docs/multicast.md.
 */
import { z } from 'zod'
import { Sha256Hex } from '../domain/ids.ts'
import { Secret } from './repository-access.ts'

const count = z.number().int().nonnegative()
const u32 = count.max(0xffff_ffff)
/** A unit's number, or how many there are. */
const units = count.max(2 ** 31)

/** Ranges that a `segments` message may have, and that a report may say are missing: either stays far below a message's limit. */
export const MAX_RANGES = 4000
export const MAX_MISSING = 512

/** Parts of one pack: offset, length, offset, length, … */
const PackRanges = z.object({
  pack: Sha256Hex,
  ranges: z.array(count).min(2).max(MAX_RANGES * 2).refine((ranges) => ranges.length % 2 === 0, 'an offset without its length'),
})

/** Parts of packs in order: what a message says of a list of segments. */
const SegmentParts = z.array(PackRanges).max(MAX_RANGES)
export type SegmentParts = z.infer<typeof SegmentParts>

export const MulticastOffer = z.object({
  type: z.literal('offer'),
  session: u32,
  /** Authenticates each datagram; who has it is in the session. */
  key: Secret,
  group: z.ipv4(),
  port: z.number().int().min(1).max(65_535),
  /** Bytes of the stream. */
  bytes: z.number().int().positive(),
  /** `segments` messages that follow. */
  parts: count.max(1_000_000),
  /** The session is under way: the stream begins for this receiver at the first position that it hears. */
  late: z.boolean(),
  /** Milliseconds between two reports while data come. */
  reportEvery: z.number().int().min(10).max(10_000),
})
export type MulticastOffer = z.infer<typeof MulticastOffer>

/** Why a receiver is served alone from now on. */
export const DropReason = z.enum([
  /** Nothing was heard of it. */
  'silent',
  /** It takes data much more slowly than the others. */
  'slow',
  /** It loses much more than the others. */
  'lossy',
  /** The session has as many receivers as it may have. */
  'full',
  /** What it said is not of this protocol. */
  'protocol',
])
export type DropReason = z.infer<typeof DropReason>

export const MulticastSenderMessage = z.discriminatedUnion('type', [
  /** The session waits for others before its stream is made; an offer follows. How many have joined, and how many are expected. */
  z.object({ type: z.literal('gathering'), joined: count, expected: count }),
  MulticastOffer,
  /** The stream's next parts, in its order. */
  z.object({ type: z.literal('segments'), packs: SegmentParts }),
  z.object({ type: z.literal('start'), receivers: count }),
  z.object({ type: z.literal('dropped'), reason: DropReason }),
  /** Every receiver has everything. */
  z.object({ type: z.literal('end') }),
  /** The sender cannot go on. */
  z.object({ type: z.literal('failed'), message: z.string().max(2000) }),
])
export type MulticastSenderMessage = z.infer<typeof MulticastSenderMessage>

export const MulticastReport = z.object({
  type: z.literal('report'),
  /** The highest sequence number seen when `missing` was looked at: what was sent later may still come. */
  seq: u32,
  /** Every unit below it is here or not wanted any more. */
  have: units,
  /** Units below it are not in memory any more. */
  held: units,
  /** First unit for which there is no room yet. */
  limit: units,
  /** Units that were sent and did not come: first, how many, first, how many, … ascending; the lowest when there are too many. */
  missing: z.array(units).max(MAX_MISSING * 2).refine((ranges) => ranges.length % 2 === 0, 'a unit without a number'),
  /** Milliseconds so far in which data waited for the consumer. */
  busy: z.number().nonnegative(),
  /** Datagrams so far. */
  received: count,
  lost: count,
})
export type MulticastReport = z.infer<typeof MulticastReport>

/** Why a receiver goes. */
export const LeaveReason = z.enum([
  /** It has all that it wants. */
  'done',
  /** No datagram reached it before the start: multicast does not work on the way to it. */
  'deaf',
  /** Nothing came for too long. */
  'stalled',
  /** Nobody answered that it wants to take part. */
  'unanswered',
  'cancelled',
])
export type LeaveReason = z.infer<typeof LeaveReason>

export const MulticastReceiverMessage = z.discriminatedUnion('type', [
  /** Before `join`: the next parts of packs that it lacks, in the order in which it will take them. */
  z.object({ type: z.literal('wants'), packs: SegmentParts }),
  z.object({ type: z.literal('join') }),
  /** It heard a datagram of the session, and is ready to take units below `limit`. */
  z.object({ type: z.literal('ready'), limit: units }),
  MulticastReport,
  z.object({ type: z.literal('leave'), reason: LeaveReason }),
])
export type MulticastReceiverMessage = z.infer<typeof MulticastReceiverMessage>
