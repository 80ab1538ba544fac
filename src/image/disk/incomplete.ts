import { z } from 'zod'
import type { Extent } from '../extents.ts'
import type { Run } from './machine.ts'

const Signatures = z.object({
  signatures: z.array(z.object({ offset: z.string().transform(Number).pipe(z.int().nonnegative()), length: z.coerce.number().int().positive() })),
})

/**
 * The magic numbers by which firmware, boot loaders and systems recognise a filesystem (wipefs knows them all: ext's 0xEF53, NTFS'
 * and FAT's boot sectors, XFSB, _BHRfS_M …), where they are on a device or file.
 */
export async function findSignatures(run: Run, device: string): Promise<Extent[]> {
  const { stdout } = await run(['wipefs', '--no-act', '--json', '--output', 'OFFSET,LENGTH', device])
  // Where there is nothing, some versions print nothing at all.
  return stdout.trim() === '' ? [] : Signatures.parse(JSON.parse(stdout)).signatures
}

/**
 * Takes the magic numbers and the first sector away from a partition whose restored filesystem was being changed when that was
 * cancelled: it never mounts, starts, or shows as an installed system. (While it is being restored, the restore's own record
 * keeps it from that.)
 *
 * No AbortSignal: this is what is done because something was aborted.
 */
export async function markIncomplete(run: Run, device: string): Promise<void> {
  await run(['wipefs', '--all', '--force', '--quiet', device])
  // GRUB and EDK2 read a FAT without any magic number, by what else its first sector says.
  await run(['dd', 'if=/dev/zero', `of=${device}`, 'bs=512', 'count=1', 'conv=notrunc,fsync', 'status=none'])
}
