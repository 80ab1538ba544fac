import type { Requester } from './boot-tree.ts'

/** How the sending of a file ended. */
export type TransferOutcome =
  | 'complete'
  /** The client broke it off; ROMs do so on purpose after asking for the size. */
  | 'aborted'
  | 'timed-out'
  /** The file could not be read. */
  | 'failed'

/** What TFTP and HTTP report of each request that they understood. */
export type FileEvent =
  | { kind: 'refused'; requester: Requester; path: string; reason: string }
  | { kind: 'started'; requester: Requester; path: string; size: number }
  | {
      kind: 'ended'
      requester: Requester
      path: string
      outcome: TransferOutcome
      /** Bytes that the client confirmed (TFTP), or that were handed to the network (HTTP). */
      delivered: number
      milliseconds: number
    }
