import { join } from 'node:path'
import { runCommand } from '#image/run/run.ts'
import { withMount } from './mounted.ts'
import { filledVolume } from './volume.ts'

/** An NTFS volume with the programs of a Debian: files of every size, mostly compiled code, as a Windows has. */
export async function filledNtfs(file: string, debian: string, signal: AbortSignal): Promise<void> {
  await filledVolume(file, ['mkntfs', '--fast', '--force', '--quiet', '--label', 'Windows'], (volume) =>
    withMount(debian, (from) => withMount(volume, async (to) => {
      await runCommand(['cp', '--recursive', '--no-dereference', join(from, 'usr'), to], { signal })
    }), { readOnly: true }))
}
