import type { Figures } from '#shared/domain/operation.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { ChunkSource } from './store.ts'

export interface RestoreTarget {
  /** Number of the volume in the manifest. */
  number: number
  /** Block device or plain file that is large enough; it is opened exclusively. */
  path: string
}

export interface RestoreOptions extends SlowOptions {
  /** The manifest's bytes, e.g. from `source.manifest(id)`. */
  manifest: Uint8Array
  volumes: readonly RestoreTarget[]
  source: ChunkSource
  /** Read back what was written and compare its hashes. */
  verify?: boolean
}

/** Writes volumes; returns only when all is written, checked and flushed. Phases: `plan`, `restore`, `flush`, `verify`. */
export type RestoreVolumes = (options: RestoreOptions) => Promise<Figures>
