import { existsSync } from 'node:fs'
import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { runCommand } from '#image/run/run.ts'
import { withMount } from './mounted.ts'
import { VOLUME_SIZE } from './recipe.ts'

/** An NTFS volume with the programs of a Debian: files of every size, mostly compiled code, as a Windows has. */
export async function filledNtfs(file: string, debian: string, signal: AbortSignal): Promise<void> {
  if (existsSync(file)) return
  const part = `${file}.part`
  await mkdir(dirname(file), { recursive: true })
  await rm(part, { force: true })
  await writeFile(part, '')
  await truncate(part, VOLUME_SIZE)
  await runCommand(['mkntfs', '--fast', '--force', '--quiet', '--label', 'Windows', part])
  await withMount(debian, (from) => withMount(part, async (to) => {
    await runCommand(['cp', '--recursive', '--no-dereference', join(from, 'usr'), to], { signal })
  }))
  await rename(part, file)
}
