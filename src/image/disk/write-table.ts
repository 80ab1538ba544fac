import { isDeepStrictEqual } from 'node:util'
import type { DiskLayout } from '#shared/formats/manifest-facts.ts'
import type { CallOptions } from '../store.ts'
import { showPartitions } from './kernel-table.ts'
import type { Machine } from './machine.ts'
import { sfdiskScript } from './sfdisk-script.ts'
import { parseTable, sfdiskCommand } from './table.ts'

export interface TableOptions extends CallOptions {
  /** The partition of the new table that is on the disk already: what is in it stays. */
  keeps?: number | undefined
}

/**
 * Puts a table on a disk and shows its partitions to the kernel; signatures of what was in their places are wiped. A disk that has
 * this table already keeps it, and what is in its partitions: that is how a restore that was killed goes on.
 * @throws `inUse` the kernel holds on to a partition of before
 */
export async function writeTable(machine: Machine, device: string, layout: DiskLayout, options: TableOptions = {}): Promise<void> {
  options.signal?.throwIfAborted()
  if (!await hasTable(machine, device, layout)) await write(machine, device, layout, options.keeps)
  await showPartitions(machine, device, layout.partitions, options)
}

const SFDISK = ['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--wipe', 'always'] as const

/** What is kept comes first and alone: whenever this is killed, it is in the table that the disk has then. */
async function write(machine: Machine, device: string, layout: DiskLayout, keeps: number | undefined): Promise<void> {
  const kept = layout.partitions.filter(({ number }) => number === keeps)
  const others = layout.partitions.filter(({ number }) => number !== keeps)
  if (kept.length === 0) {
    await machine.run([...SFDISK, '--wipe-partitions', 'always', device], { stdin: sfdiskScript(layout, device) })
    return
  }
  await machine.run([...SFDISK, '--wipe-partitions', 'never', device], { stdin: sfdiskScript({ ...layout, partitions: kept }, device) })
  await machine.run([...SFDISK, '--wipe-partitions', 'always', '--append', device], { stdin: sfdiskScript({ ...layout, partitions: others }, device) })
}

/** Changes the type of one partition, of which the kernel need not know: nothing else of it becomes another. */
export async function writeType(machine: Machine, device: string, { partition, type }: { partition: number; type: string }): Promise<void> {
  await machine.run(['sfdisk', '--quiet', '--no-reread', '--no-tell-kernel', '--part-type', device, String(partition), type])
}

async function hasTable(machine: Machine, device: string, layout: DiskLayout): Promise<boolean> {
  const { code, stdout, stderr } = await machine.run(sfdiskCommand(device), { accept: [0, 1] })
  // What sfdisk finds wrong (one of the two GPTs, where the second one lies) it mends only when it writes.
  if (code !== 0 || stderr.trim() !== '') return false
  const { label, id, partitions } = parseTable(stdout, layout.size)
  return label === layout.label && id === layout.id && isDeepStrictEqual(partitions, layout.partitions)
}
