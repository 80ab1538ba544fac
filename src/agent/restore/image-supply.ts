import type { RestoreCommand } from '#shared/contract/agent.ts'
import { checkManifest } from '#image/check-manifest.ts'
import type { NetworkFigures } from '#shared/domain/progress.ts'
import { RateWindow } from '#shared/transfer/rate-window.ts'
import type { ChunkSource, FetchPhase } from '#image/index.ts'
import type { OperationContext } from '../operation.ts'

/** Where the bytes of an image that is being restored come from. */
export interface ImageSupply extends AsyncDisposable {
  /** @throws `notFound` · `corruptImage` · `repositoryUnreachable` */
  manifest(): Promise<Uint8Array>
  /** Brings the image to where it is read from. Called when it is known to fit, before anything is replaced by it. */
  prepare(): Promise<void>
  /** Runs what gives the partition that the image is on another number; absent where it is on none. */
  aside?(work: () => Promise<void>): Promise<void>
  /** Runs what reads chunks; once more when a supply that can mend itself was found damaged. */
  reading<T>(work: (source: ChunkSource) => Promise<T>): Promise<T>
  /** By way of what the bytes of volumes come, when it is not straight from the source. */
  fetching?: FetchPhase
  /** What the network looks like meanwhile. */
  network?(): NetworkFigures | undefined
  /** Bytes that came over the network. @param read bytes that were read from the source */
  received(read: number): number
  /** Called when all is restored: the supply may owe something to other computers; absent where it never does. */
  finish?(): Promise<void>
  /** Bytes that went to others. */
  sent?(): number
}

/** Straight from the repository. */
export function openDirectSupply({ manifest: id, repository }: RestoreCommand, { openRepository, signal }: OperationContext): ImageSupply {
  const source = openRepository(repository)
  const rate = new RateWindow(performance.now())
  const counted = counting(source, (bytes) => rate.add(bytes, performance.now()))
  return {
    async manifest() {
      const bytes = await source.manifest(id, { signal })
      await checkManifest(id, bytes)
      return bytes
    },
    prepare: () => Promise.resolve(),
    reading: (work) => work(counted),
    network: () => ({ received: rate.at(performance.now()) }),
    received: (read) => read,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}

function counting(source: ChunkSource, onReceived: (bytes: number) => void): ChunkSource {
  return {
    manifest: (id, options) => source.manifest(id, options),
    packTail: (id, length, options) => source.packTail(id, length, options),
    async packRange(id, offset, length, options) {
      const bytes = await source.packRange(id, offset, length, options)
      onReceived(bytes.length)
      return bytes
    },
  }
}
