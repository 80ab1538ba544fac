import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import { isExtended } from '../disk/partition-type.ts'
import type { Folder } from './files.ts'
import type { ImportNote } from './problem.ts'

const SECTOR = 512
/** What of a record is code; the rest is the table of the logical partitions, which a restore makes anew. */
const BOOT_CODE = 440

/**
 * Notes the boot code in the records of extended partitions, for which an image has no place. Most have none.
 * @param fileOf name of the file with the first sector of a partition
 * @throws `image` a file is no sector
 */
export async function noteLogicalBootCode(folder: Folder, layout: DiskLayout, fileOf: (number: number) => string): Promise<ImportNote[]> {
  const notes: ImportNote[] = []
  for (const { number } of layout.partitions.filter(isExtended)) {
    const file = fileOf(number)
    const record = await folder.bytes(file, SECTOR)
    if (record?.subarray(0, BOOT_CODE).some((byte) => byte !== 0)) notes.push({ kind: 'logicalBootCode', file })
  }
  return notes
}
