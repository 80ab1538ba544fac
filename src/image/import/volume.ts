import type { Filesystem } from '#shared/domain/disk.ts'
import type { Extent } from '../extents.ts'
import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import type { Compression } from './decompress/sniff.ts'

/** How the bytes of a volume were kept. */
export type Container = 'partclone' | 'raw' | 'made'

/** What is said of a volume in the report. */
export interface VolumeReport {
  number: number
  /** Names of its files, in order. */
  files: readonly string[]
  container: Container
  compression: Compression
  /** Of partclone's images: the format, who wrote it, and blocks in the image of all that there are. */
  format?: string
  creator?: string
  /** What it calls the filesystem: `EXTFS`, `NTFS`, `raw`. */
  savedAs?: string
  blockSize?: number
  blocks?: number
  usedBlocks?: number
  /** Whether the blocks' own checksums were right: `none` when the image has none. */
  checksum: 'verified' | 'none'
  filesystem: Filesystem
  label: string
  uuid: string
  /** Bytes: of the source, needed in a target, and read from the image. */
  size: number
  minimumSize: number
  bytesRead: number
}

/** A volume of a legacy image that is being read, from its first byte to its last. */
export interface OpenVolume {
  /** What will be in the image, as a capture cuts it. */
  readonly extents: readonly Extent[]
  /** Fills with the bytes from `offset`, which never goes back. @throws `corruptImage` */
  read(into: Uint8Array, offset: number): Promise<void>
  /** After the last byte: nothing may be left. @returns what is now known. @throws `corruptImage` */
  finish(): Promise<FinishedVolume>
  close(): Promise<void>
}

export interface FinishedVolume {
  facts: Omit<VolumeFacts, 'number' | 'used'>
  /** Bytes that the legacy image leaves out, and that are known all the same; behind everything else. */
  tail?: { offset: number; bytes: Uint8Array }
  report: Omit<VolumeReport, 'number' | 'files' | 'filesystem' | 'label' | 'uuid' | 'size' | 'minimumSize'>
}
