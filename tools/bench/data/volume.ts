import { existsSync } from 'node:fs'
import { mkdir, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { runCommand, type Argv } from '#image/run/run.ts'
import { VOLUME_SIZE } from './recipe.ts'

/** An empty volume, sparse. */
export async function emptyVolume(file: string): Promise<string> {
  await rm(file, { force: true })
  await writeFile(file, '')
  await truncate(file, VOLUME_SIZE)
  return file
}

/** A sparse copy. */
export async function copyVolume(from: string, to: string): Promise<string> {
  await runCommand(['cp', '--sparse=always', from, to])
  return to
}

/**
 * Makes a volume where it is not there yet; it appears when it is complete.
 * @param mkfs takes the file's path as its last argument
 */
export async function filledVolume(file: string, mkfs: Argv, fill: (volume: string) => Promise<void>): Promise<void> {
  if (existsSync(file)) return
  await mkdir(dirname(file), { recursive: true })
  const part = await emptyVolume(`${file}.part`)
  await runCommand([...mkfs, part])
  await fill(part)
  await rename(part, file)
}
