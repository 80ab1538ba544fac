import { basename, dirname } from 'node:path'
import { openPlain } from './decompress/decompress.ts'
import { Folder, fileSizes, partsOf, withoutPart } from './files.ts'
import { PartcloneVolume } from './partclone-volume.ts'
import type { ImportPlan, PlannedVolume } from './plan.ts'

/** A partclone image in files of its own. @param partitionSize bytes, where a partition table says them */
export function partcloneVolume(number: number, files: readonly string[], partitionSize?: number): PlannedVolume {
  return {
    number, files,
    open: async (options) => PartcloneVolume.open(await openPlain(files, options), partitionSize),
  }
}

/** A partclone image alone: any name, any compression, whole or in parts. @throws `notFound` · `corruptImage` a part is missing */
export async function planPartclone(path: string): Promise<ImportPlan> {
  const folder = await Folder.open(dirname(path))
  const name = basename(path)
  const whole = withoutPart(name)
  const parts = whole === name || !folder.names.has(name) ? partsOf(folder.names, name) : partsOf(folder.names, whole)
  const files = parts.length > 0 ? parts.map((part) => folder.join(part)) : [path]
  await fileSizes(files)
  return {
    format: 'partclone', source: `partclone: ${name}`.slice(0, 500), volumes: [partcloneVolume(1, files)], sums: [], notes: [{ kind: 'noSums' }],
  }
}
