import type { Figures } from '#shared/domain/operation.ts'

/**
 * What was moved, and what else is worth saying. `bytesRead` are bytes of the targets, to compare, copy and verify;
 * `bytesWritten` are bytes of the image, without the records.
 */
export interface RestoreResult extends Figures {
  /** Plain bytes that the targets had already, by a comparison or by what an earlier restore had recorded. */
  bytesKept: number
  bytesDiscarded: number
  /** Whether an earlier restore was continued. */
  resumed: boolean
  /** Paths of targets that take no discards. */
  undiscarded: string[]
}

export function noResult(): RestoreResult {
  return {
    bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0, bytesKept: 0, bytesDiscarded: 0, resumed: false, undiscarded: [],
  }
}

/** Of two restores that are one for whoever asked for them. */
export function sumResults(a: RestoreResult, b: RestoreResult): RestoreResult {
  return {
    bytesRead: a.bytesRead + b.bytesRead,
    bytesReceived: a.bytesReceived + b.bytesReceived,
    bytesSent: a.bytesSent + b.bytesSent,
    bytesWritten: a.bytesWritten + b.bytesWritten,
    bytesKept: a.bytesKept + b.bytesKept,
    bytesDiscarded: a.bytesDiscarded + b.bytesDiscarded,
    resumed: a.resumed || b.resumed,
    undiscarded: [...a.undiscarded, ...b.undiscarded],
  }
}
