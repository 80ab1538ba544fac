import { ClonaulaError } from '#shared/domain/errors.ts'
import type { MissingPack, PackTransfer, TransferJob } from '#image/cache/pack-transfer.ts'
import type { ChunkSource } from '#image/index.ts'
import { fileError, writeAll } from '#image/repository/files.ts'
import type { Throttle } from '#transfer/throttle.ts'
import { openIncoming } from './incoming-file.ts'

/** Packs that one computer fetches at a time: the next range is asked for while another one is checked or written. */
const PARALLEL_PACKS = 3
/** Bytes of a request; as many are lost when it is interrupted. */
const RANGE = 1024 * 1024
/** Times that a pack may come damaged before it is said to be. */
const ATTEMPTS = 3

export interface UnicastOptions {
  source: Pick<ChunkSource, 'packRange'>
  /** Holds all the packs together to a rate. */
  throttle?: Throttle | undefined
}

/** Fetches packs by ranges, each from where an earlier attempt, perhaps before a power cut, left it. */
export function unicastTransfer(options: UnicastOptions): PackTransfer {
  return async (job) => {
    const queue = job.packs.values()
    const failed = new AbortController()
    const signal = AbortSignal.any([failed.signal, ...(job.signal ? [job.signal] : [])])
    let failure: unknown
    const work = async (): Promise<void> => {
      for (const pack of queue) await fetchPack(pack, { ...job, signal }, options)
    }
    await Promise.all(Array.from({ length: PARALLEL_PACKS }, () => work().catch((cause: unknown) => {
      failure ??= cause
      failed.abort()
    })))
    if (failure !== undefined) throw failure
  }
}

async function fetchPack(pack: MissingPack, job: TransferJob, options: UnicastOptions): Promise<void> {
  const { id } = pack
  for (let attempt = 1; ; attempt += 1) {
    await fillFile(pack, job, options)
    try {
      await job.intake.accept(id, { signal: job.signal })
      return
    } catch (cause) {
      if (attempt === ATTEMPTS || !(cause instanceof ClonaulaError) || cause.result !== 'corruptImage') throw cause
      job.onDamaged(id)
    }
  }
}

async function fillFile({ id, size }: MissingPack, { intake, onReceived, signal }: TransferJob, options: UnicastOptions): Promise<void> {
  const path = intake.incomingPath(id)
  try {
    const incoming = await openIncoming(path, size)
    await using file = incoming.file
    let { at } = incoming
    while (at < size) {
      const length = Math.min(RANGE, size - at)
      await options.throttle?.pass(length, signal)
      const bytes = await options.source.packRange(id, at, length, { signal })
      onReceived(bytes.length)
      await writeAll(file, bytes, at)
      at += length
    }
    await file.sync()
  } catch (cause) {
    throw fileError(path, cause)
  }
}
