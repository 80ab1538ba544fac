import { ClonaulaError, type ErrorParams } from '#shared/domain/errors.ts'

/** Why something is not imported; `import-texts.ts` has the sentences. */
export type Refusal =
  | 'encrypted' | 'lrzip' | 'notLegacy' | 'notThisFormat' | 'ntfsclone' | 'partimage' | 'wholeDisk' | 'bootSector' | 'differential' | 'locked'
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
  | { kind: 'lvm'; partition: string }
  | { kind: 'luks'; partition: string }
  | { kind: 'notSaved'; partition: string }
  | { kind: 'swapWithoutIdentity'; partition: string }
  | { kind: 'diskSizeGuessed' }
  | { kind: 'noBootCode' }
  | { kind: 'firmwareEntries' }
  | { kind: 'lastMegabyteOnly'; file: string }
  | { kind: 'noSums' }
  | { kind: 'noBlockChecksums'; partition: number }
  | { kind: 'otherVersions'; file: string }
  | { kind: 'declaredSize'; bytes: number }
