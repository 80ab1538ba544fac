import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import type { ImportNote } from './problem.ts'
import type { FileSum } from './sums.ts'
import type { OpenVolume } from './volume.ts'

/** Whose image it is. */
export const LEGACY_FORMATS = ['partclone', 'opengnsys', 'fog', 'clonezilla'] as const
export type LegacyFormat = (typeof LEGACY_FORMATS)[number]

/** A volume that is going to be imported. */
export interface PlannedVolume {
  number: number
  /** Its files, the parts of one in order; none when it is made from what is known. */
  files: readonly string[]
  open(options: OpenOptions): Promise<OpenVolume>
}

export interface OpenOptions {
  signal?: AbortSignal | undefined
  /** Bytes of the files that were read. */
  onRead: (bytes: number) => void
}

/** What an importer makes of a path, before it reads more than small files. */
export interface ImportPlan {
  format: LegacyFormat
  /** Where the image comes from, in words; the manifest keeps it. */
  source: string
  disk?: DiskLayout
  volumes: readonly PlannedVolume[]
  /** Checked before anything is stored. */
  sums: readonly FileSum[]
  notes: readonly ImportNote[]
}
