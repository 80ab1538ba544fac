import { partitionDevice } from '#shared/domain/disk.ts'
import type { DiskLayout, LayoutPartition } from '#shared/formats/manifest-facts.ts'

/**
 * A table as sfdisk(8) reads it from its standard input. Each line begins with the partition's device, because that is
 * how sfdisk learns its number: Windows and old installations have holes in theirs.
 */
export function sfdiskScript(layout: DiskLayout, device: string): string {
  const header = [
    `label: ${layout.label === 'msdos' ? 'dos' : 'gpt'}`,
    `label-id: ${layout.id}`,
    'unit: sectors',
    // Without it sfdisk refuses partitions before 1 MiB, which older tools made.
    ...(layout.label === 'gpt' ? [`first-lba: ${layout.firstLba}`] : []),
  ]
  const lines = layout.partitions.map((partition) =>
    `${partitionDevice(device, partition.number)} : ${fields(layout, partition).join(', ')}`)
  return [...header, '', ...lines, ''].join('\n')
}

function fields(layout: DiskLayout, partition: LayoutPartition): string[] {
  const sectors = (bytes: number): number => bytes / layout.sectorSize
  const base = [`start=${sectors(partition.start)}`, `size=${sectors(partition.size)}`, `type=${partition.type}`]
  if (layout.label === 'msdos') return partition.bootable ? [...base, 'bootable'] : base
  return [
    ...base,
    ...(partition.uuid ? [`uuid=${partition.uuid}`] : []),
    ...(partition.name ? [`name="${escape(partition.name)}"`] : []),
    ...(partition.attributes ? [`attrs="${escape(partition.attributes)}"`] : []),
  ]
}

/** sfdisk takes `\x22` back where its own syntax has a meaning for the character, and control characters likewise. */
function escape(text: string): string {
  return text.replaceAll(/["\\\u0000-\u001f\u007f]/g, (character) =>
    `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
