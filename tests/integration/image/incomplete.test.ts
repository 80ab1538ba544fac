import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { markIncomplete } from '#image/disk/incomplete.ts'
import { runCommand } from '#image/index.ts'

const SIZE = 64 * 1024 * 1024

let folder: string
beforeEach(async () => { folder = await mkdtemp(join(tmpdir(), 'clonaula-incomplete-')) })
afterEach(() => rm(folder, { recursive: true }))

/** `fat`, `ext*`, `ntfs`, as GRUB's own drivers see it; undefined when none of them does. */
async function typeForGrub(image: string): Promise<string | undefined> {
  const { stdout } = await runCommand(['grub-fstest', image, 'ls', '--', '-l', '(loop0)'])
  return /Filesystem type (\S+?),? /.exec(stdout)?.[1]
}

test.each([
  ['fat', ['mkfs.fat', '-F', '16']], ['fat', ['mkfs.fat', '-F', '32']], ['ext*', ['mkfs.ext4', '-q']],
  ['ntfs', ['mkfs.ntfs', '-q', '-F', '-Q']],
] as const)('%s: neither a boot loader nor a system finds anything in it', async (type, [command, ...options]) => {
  const image = join(folder, 'partition')
  await writeFile(image, '')
  await truncate(image, SIZE)
  await runCommand([command, ...options, image])
  expect(await typeForGrub(image)).toBe(type)

  await markIncomplete(runCommand, image)
  expect(await typeForGrub(image)).toBeUndefined()
  const { stdout } = await runCommand(['blkid', '--probe', image], { accept: [0, 2] })
  expect(stdout).toBe('')
})
