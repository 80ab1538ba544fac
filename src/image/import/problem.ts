import { ClonaulaError, type ErrorParams } from '#shared/domain/errors.ts'

/** Why something is not imported; `import-texts.ts` has the sentences. */
export type Refusal =
  | 'encrypted' | 'lrzip' | 'notLegacy' | 'notThisFormat' | 'ntfsclone' | 'partimage' | 'bootSector' | 'differential' | 'locked'
  | 'missingPart' | 'nothingInside' | 'noTable' | 'unknownTable' | 'smallPartition' | 'unsafeName' | 'notAFile' | 'wrongSum' | 'tooLarge'

/** Refuses what is sound in itself, and cannot be imported (code 5), or is damaged (33: `wrongSum`, `unsafeName`, `missingPart`). */
export function refuse(reason: Refusal, message: string, params: ErrorParams = {}): ClonaulaError {
  const result = DAMAGE.has(reason) ? 'corruptImage' : 'image'
  return new ClonaulaError(result, message, { reason, ...params })
}

const DAMAGE: ReadonlySet<Refusal> = new Set(['wrongSum', 'unsafeName', 'missingPart', 'smallPartition'])

/** What could not be carried over, or not be proven; part of the report. */
export type ImportNote =
  | { kind: 'otherDisk'; disk: string }
  /** `files`: what is inside, which can be imported one by one. */
  | { kind: 'lvm'; partition: string; files: string[] }
  | { kind: 'luks'; partition: string; files: string[] }
  | { kind: 'notSaved'; partition: string }
  | { kind: 'swapWithoutIdentity'; partition: string }
  | { kind: 'diskSizeGuessed' }
  | { kind: 'noBootCode' }
  | { kind: 'logicalBootCode'; file: string }
  /** Partitions of a disk whose table the folder does not have. */
  | { kind: 'partitionsOnly' }
  | { kind: 'firmwareEntries' }
  | { kind: 'lastMegabyteOnly'; file: string }
  | { kind: 'noSums' }
  | { kind: 'noBlockChecksums'; partition: number }
  /** What is in it is not known to Clonaula; `content` is what the image calls it, if it does. */
  | { kind: 'blockByBlock'; partition: number; content: string }
  | { kind: 'otherVersions'; file: string }
  | { kind: 'otherBootSector'; file: string }
  /** `more`: how many there are besides those. */
  | { kind: 'otherFiles'; files: string[]; more: number }
  | { kind: 'declaredSize'; bytes: number }
