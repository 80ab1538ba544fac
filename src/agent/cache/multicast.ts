import type { FileHandle } from 'node:fs/promises'
import type { RepositoryAccess } from '#shared/contract/repository-access.ts'
import { ClonaulaError, isAbort } from '#shared/domain/errors.ts'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import type { PackIntake } from '#image/cache/cache-store.ts'
import type { MissingPack, PackTransfer, TransferJob } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { fileError, writeAll } from '#image/repository/files.ts'
import type { CallOptions, PackId } from '#image/store.ts'
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
type SessionPart = Pick<MulticastPart, 'isLost' | 'back' | 'leave' | 'network' | 'source'>

/** Takes packs from the session of the class, whole and in its order, and then what it did not bring by unicast. */
export function multicastTransfer({ source, repository, unicast, context }: MulticastOptions): PackTransfer {
  return async (wantedJob) => {
    const left = new Map(wantedJob.packs.map((pack) => [pack.id, pack]))
    const job: TransferJob = { ...wantedJob, intake: tellingAccepted(wantedJob.intake, (id) => left.delete(id)) }
    const alone = (options?: CallOptions): Promise<void> => unicast({ ...job, ...options, packs: [...left.values()] })
    const wants = await wantedOf(left.values(), job)
    if (wants.length === 0) declineMulticast(context)
    else {
      const part = await MulticastPart.begin({ wants, fallback: source, repository, marker: MARKER, context })
      try {
        await take(await part.stillToCome(wants), part, job)
        while (part.back && left.size > 0) {
          await until(part.back, alone, job)
          await take(await part.stillToCome(await wantedOf(left.values(), job)), part, job)
        }
      } finally {
        part.leave()
      }
    }
    await alone()
  }
}

function tellingAccepted(intake: PackIntake, onAccepted: (id: PackId) => void): PackIntake {
  return {
    incomingPath: (id) => intake.incomingPath(id),
    async accept(id, options) {
      await intake.accept(id, options)
      onAccepted(id)
    },
  }
}

/** Of each pack what is not there yet. */
async function wantedOf(packs: Iterable<MissingPack>, { intake }: TransferJob): Promise<Wanted[]> {
  const wanted: Wanted[] = []
  for (const missing of packs) {
    const { file, at } = await openIncoming(intake.incomingPath(missing.id), missing.size)
    await file.close()
    if (at < missing.size) wanted.push({ missing, pack: missing.id, offset: at, length: missing.size - at })
  }
  return wanted
}

/** Does the work until then, or until it is done. */
async function until(end: Promise<void>, work: (options: CallOptions) => Promise<void>, { signal }: TransferJob): Promise<void> {
  const stop = new AbortController()
  void end.then(() => stop.abort())
  try {
    await work({ signal: AbortSignal.any([stop.signal, ...(signal ? [signal] : [])]) })
  } catch (cause) {
    if (!stop.signal.aborted || !isAbort(cause)) throw cause
    signal?.throwIfAborted()
  }
}

/** One pack is checked while the next one comes. When it returns, or throws, no file of the CACHE is in use: that is unmounted next. */
export async function take(wanted: readonly Wanted[], part: SessionPart, job: TransferJob): Promise<void> {
  let checking = Promise.resolve()
  try {
    for (const each of wanted) {
      if (part.isLost) break
      await receive(each, part, job)
      await checking
      checking = accept(each.pack, job)
      checking.catch(() => undefined) // looked at when the next one is here, or below
    }
  } finally {
    // Nobody is to wait for one that only checks; one whose connection was lost comes back.
    if (!part.back) part.leave()
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
async function accept(id: PackId, { intake, signal, onDamaged }: TransferJob): Promise<void> {
  try {
    await intake.accept(id, { signal })
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
