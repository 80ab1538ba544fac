import type { Run } from './machine.ts'

/**
 * Takes away the signatures by which firmware, boot loaders and systems recognise a filesystem (wipefs knows them all: ext's
 * 0xEF53, NTFS' and FAT's boot sectors, XFSB, _BHRfS_M …). It is done before a partition is written and again when writing it
 * failed or was cancelled, so that a half-written partition never mounts, starts, or shows as an installed system.
 *
 * No AbortSignal: this is what is done because something was aborted.
 */
export async function markIncomplete(run: Run, device: string): Promise<void> {
  await run(['wipefs', '--all', '--force', '--quiet', device])
}
