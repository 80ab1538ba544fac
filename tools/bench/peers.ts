/** What others do the same work with: partclone into zstd, as Clonezilla and FOG run it. */
import type { Argv } from '#image/run/run.ts'

export type BenchFilesystem = 'ext4' | 'ntfs'

const PARTCLONE = { ext4: 'partclone.extfs', ntfs: 'partclone.ntfs' } as const

/** A pipe needs a shell; what goes into it comes as its arguments. The file is flushed, as ours are before they are published. */
export function peerCapture(filesystem: BenchFilesystem, device: string, file: string): Argv {
  return script('"$1" -c -s "$2" -o - -L /dev/null 2>/dev/null | zstd -T0 -3 -q -f -o "$3" && sync "$3"', PARTCLONE[filesystem], device, file)
}

export function peerRestore(file: string, device: string): Argv {
  return script('zstd -dc "$1" | partclone.restore -s - -o "$2" -L /dev/null 2>/dev/null && blockdev --flushbufs "$2"', file, device)
}

function script(text: string, ...args: string[]): Argv {
  return ['bash', '-o', 'pipefail', '-c', text, 'bench', ...args]
}
