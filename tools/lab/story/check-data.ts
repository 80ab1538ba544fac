import { join } from 'node:path'
import { z } from 'zod'
import { runCommand } from '#image/run/run.ts'
import { partitionsOf } from '../golden/recipe.ts'
import type { Seat } from './seat.ts'

const SCRIPT = join(import.meta.dirname, '../golden/data-partition.ts')
const DataCheck = z.object({ content: z.boolean(), size: z.number() })

/** Looks from outside at a disk's NTFS partition. Throws when a file is not as it was, or nothing grew. */
export async function checkData({ machine, report }: Seat, grown: boolean): Promise<void> {
  const { stdout } = await runCommand(['unshare', '--mount', process.execPath, SCRIPT, machine.spec.image])
  report.data = DataCheck.parse(JSON.parse(stdout))
  if (!report.data.content) throw new Error('files of the NTFS partition do not have the golden disk’s content')
  const former = partitionsOf('ntfs').at(-1)?.size ?? 0
  if (grown && report.data.size <= former) {
    throw new Error(`the NTFS filesystem was not grown: ${report.data.size} bytes`)
  }
}
