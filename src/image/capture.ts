import type { Figures } from '#shared/domain/operation.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import type { Filesystem } from '#shared/domain/disk.ts'
import type { CaptureMode, DiskLayout } from '#shared/formats/manifest-facts.ts'
import type { Extent } from './extents.ts'
import type { ChunkStore, ManifestId } from './store.ts'

export interface CaptureVolume {
  /** Partition number; `DISK_VOLUME` (0) for boot areas of the disk itself, which then needs `areas`. */
  number: number
  /** Block device or plain file. */
  path: string
  filesystem: Filesystem
  label?: string
  /** The filesystem's identifier. */
  uuid?: string
  /** `used` falls back to `sector` where no tool knows the filesystem; the manifest says which it was. */
  mode: CaptureMode
  /** Exactly these bytes, whatever is in use; always `sector` mode. */
  areas?: readonly Extent[]
  /** When the caller knows better than the filesystem's own size. */
  minimumSize?: number
}

export interface CaptureOptions extends SlowOptions {
  volumes: readonly CaptureVolume[]
  disk?: DiskLayout | undefined
  creator: string
  /** The computer, in words. */
  source: string
  store: ChunkStore
}

export interface CaptureFigures extends Figures {
  /** Different chunks that the image refers to, and how many of them were new to the store. */
  chunks: number
  newChunks: number
  /** Plain bytes of the new chunks. */
  newBytes: number
}

export interface CaptureResult {
  /** To be given to `store.publish`; nothing refers to the stored packs until then. */
  manifest: Uint8Array
  id: ManifestId
  figures: CaptureFigures
}

/** Reads volumes, stores what the store lacks, and returns the manifest. Phases: `map`, `capture`. */
export type CaptureVolumes = (options: CaptureOptions) => Promise<CaptureResult>
