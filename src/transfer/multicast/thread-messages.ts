/** What the console's main thread and the one that sends a multicast say to each other. */
import type { DropReason, MulticastSenderMessage, SegmentParts } from '#shared/contract/multicast.ts'
import type { ErrorRecord } from '#shared/domain/errors.ts'
import type { SenderFigures } from '#shared/transfer/multicast/sender-machine.ts'
import type { MulticastNetwork } from './sender.ts'

/** What the thread is started with. */
export interface SenderTask {
  /** Folder of the repository that has the packs. */
  repository: string
  /** The stream's segments. In parts, because a list of segments takes twenty times as long to be handed over: 170 ms for half a million. */
  parts: SegmentParts[]
  network: MulticastNetwork
  expected: number
}

export type ToSenderThread =
  | { type: 'join'; id: string }
  /** As it came from the wire. */
  | { type: 'hear'; id: string; message: unknown }
  | { type: 'closed'; id: string }

export type FromSenderThread =
  | { type: 'say'; id: string; message: Exclude<MulticastSenderMessage, { type: 'segments' }> }
  /** That message with so many-th of the task's parts: they are long, everybody is told all of them, and the main thread has them. */
  | { type: 'sayPart'; id: string; part: number }
  | { type: 'start'; receivers: number }
  | { type: 'dropped'; id: string; reason: DropReason }
  | { type: 'figures'; figures: SenderFigures }
  /** The last message is one of these. */
  | { type: 'ended'; figures: SenderFigures }
  | { type: 'failed'; error: ErrorRecord }
