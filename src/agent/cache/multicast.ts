import type { FileHandle } from 'node:fs/promises'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import type { MissingPack, PackTransfer, TransferJob } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { fileError, writeAll } from '#image/repository/files.ts'
import type { PackId } from '#image/store.ts'
import { receiveSegments, type SegmentSink } from '#transfer/multicast/receive-segments.ts'
import type { OperationContext } from '../operation.ts'
import { declineMulticast, MulticastPart } from '../transfer/multicast-part.ts'
import { openIncoming } from './incoming-file.ts'

/** How far an operation is when its CACHE is filled. */
const MARKER = 2

export interface MulticastOptions {
  source: ChunkSource
  repository: RepositoryAccess
  /** Brings the packs that the session does not. */
  unicast: PackTransfer
  context: OperationContext
}

/** A pack, and the part of it that is lacking: its end. */
interface Wanted extends Segment {
  missing: MissingPack
}

/** What is needed of a part in a session. */
type SessionPart = Pick<MulticastPart, 'isLost' | 'leave' | 'network' | 'source'>

/** Takes packs from the session of the class, whole and in its order, and then what it did not bring by unicast. */
export function multicastTransfer({ source, repository, unicast, context }: MulticastOptions): PackTransfer {
  return async (job) => {
    const { packs, intake } = job
    const wanted: Wanted[] = []
    for (const missing of packs) {
      const { file, at } = await openIncoming(intake.incomingPath(missing.id), missing.size)
      await file.close()
      if (at < missing.size) wanted.push({ missing, pack: missing.id, offset: at, length: missing.size - at })
    }
    const brought = new Set<PackId>()
    if (wanted.length === 0) declineMulticast(context)
    else {
      const part = await MulticastPart.begin({ wants: wanted, fallback: source, repository, marker: MARKER, context })
      try {
        await take(await part.stillToCome(wanted), part, job, brought)
      } finally {
        part.leave()
      }
    }
    await unicast({ ...job, packs: packs.filter(({ id }) => !brought.has(id)) })
  }
}

/**
 * One pack is checked while the next one comes. When it returns, or throws, no file of the CACHE is in use: that is unmounted next.
 * @param brought gets those that are right
 */
export async function take(wanted: readonly Wanted[], part: SessionPart, job: TransferJob, brought: Set<PackId>): Promise<void> {
  let checking = Promise.resolve()
  try {
    for (const each of wanted) {
      if (part.isLost) break
      await receive(each, part, job)
      await checking
      checking = accept(each.pack, job, brought)
      checking.catch(() => undefined) // looked at when the next one is here, or below
    }
  } finally {
    part.leave()
    await Promise.allSettled([checking])
  }
  await checking
}

async function receive({ missing, ...segment }: Wanted, part: SessionPart, { intake, signal, onReceived, onNetwork }: TransferJob): Promise<void> {
  const path = intake.incomingPath(missing.id)
  try {
    const { file, at } = await openIncoming(path, missing.size)
    await using _closing = file
    const sink = new InOrder(file, at, (bytes) => {
      onReceived(bytes)
      onNetwork?.(part.network)
    })
    await receiveSegments(part.source, [segment], sink, { signal })
    await file.sync()
  } catch (cause) {
    throw fileError(path, cause)
  }
}

/** One that is wrong is left to unicast: whoever is in the session has its key, and may have sent it. */
async function accept(id: PackId, { intake, signal, onDamaged }: TransferJob, brought: Set<PackId>): Promise<void> {
  try {
    await intake.accept(id, { signal })
    brought.add(id)
  } catch (cause) {
    if (!(cause instanceof ClonaulaError) || cause.result !== 'corruptImage') throw cause
    onDamaged(id)
  }
}

/** A file that grows at its end alone, whatever comes first: after a power cut its length says how much of it is there. */
class InOrder implements SegmentSink {
  readonly #file: FileHandle
  readonly #onWritten: (bytes: number) => void
  /** What came before its turn: no more than is asked for at a time. */
  readonly #early = new Map<number, Uint8Array>()
  #at: number

  constructor(file: FileHandle, at: number, onWritten: (bytes: number) => void) {
    this.#file = file
    this.#at = at
    this.#onWritten = onWritten
  }

  async write(_pack: PackId, offset: number, bytes: Uint8Array): Promise<void> {
    this.#early.set(offset, bytes)
    for (let next = this.#take(); next; next = this.#take()) {
      await writeAll(this.#file, next, this.#at)
      this.#at += next.length
      this.#onWritten(next.length)
    }
  }

  #take(): Uint8Array | undefined {
    const next = this.#early.get(this.#at)
    this.#early.delete(this.#at)
    return next
  }
}
