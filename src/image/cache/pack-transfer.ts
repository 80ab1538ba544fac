import type { NetworkFigures, StallReason } from '#shared/domain/progress.ts'
import type { CallOptions, PackId } from '../store.ts'
import type { PackIntake } from './cache-store.ts'

/** A pack that a CACHE lacks, and how many bytes it has. */
export interface MissingPack {
  id: PackId
  size: number
}

export interface TransferJob extends CallOptions {
  packs: readonly MissingPack[]
  /** Where they go: each is filled in its own file, and then accepted. */
  intake: PackIntake
  /** Told of bytes that came over the network. */
  onReceived: (bytes: number) => void
  /** Told now and then what the network looks like, and why nothing comes when nothing does. */
  onNetwork?: (network: NetworkFigures, stalled?: StallReason) => void
  /** Told of a pack that came damaged and is brought again. */
  onDamaged: (pack: PackId) => void
}

/**
 * Brings packs into a CACHE: over HTTP, by multicast, from other computers. Returns when all of them are accepted.
 * What a transfer that fails leaves in the files of the intake, the next one may go on with.
 * @throws `corruptImage` a pack came damaged again and again · `noSpace` · whatever else keeps the packs from coming
 */
export type PackTransfer = (job: TransferJob) => Promise<void>
