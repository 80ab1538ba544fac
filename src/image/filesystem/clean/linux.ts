import { readdir, readFile } from 'node:fs/promises'
import type { CallOptions } from '../../store.ts'
import { emptyFolder, filesNamed, foldersAt } from './folders.ts'
import { emptySwapFile } from './swap-file.ts'

/** Subvolumes of btrfs in which distributions keep `/`: Ubuntu and openSUSE, Debian, Fedora. */
const ROOT_SUBVOLUME = /^(@|@rootfs|root)$/
const FOLDERS = [['tmp'], ['var', 'tmp']]

/**
 * Empties `/tmp` and `/var/tmp` of an installed Linux, and its swap files: those stay as they are, with their header and size, since
 * the system wants them at its start and does not make them; only what was swapped out goes.
 * @returns how many files went
 * @throws `hibernated`
 */
export async function cleanLinux(folder: string, options: CallOptions): Promise<number> {
  let files = 0
  const subvolumes = (await readdir(folder)).filter((name) => ROOT_SUBVOLUME.test(name))
  for (const root of [folder, ...(await Promise.all(subvolumes.map((name) => foldersAt(folder, [name])))).flat()]) {
    if (!await isSystem(root)) continue
    for (const file of await swapFiles(root)) await emptySwapFile(file, options)
    for (const path of FOLDERS) {
      for (const inside of await foldersAt(root, path)) files += await emptyFolder(inside, options)
    }
  }
  return files
}

async function isSystem(root: string): Promise<boolean> {
  const [lib = ''] = await foldersAt(root, ['usr', 'lib'])
  const [etc = ''] = await foldersAt(root, ['etc'])
  const found = await Promise.all([lib, etc].filter(Boolean).map((folder) => filesNamed(folder, ['os-release'])))
  return found.flat().length > 0
}

/** Swap files of the system's fstab that are on this filesystem. */
async function swapFiles(root: string): Promise<string[]> {
  const [etc] = await foldersAt(root, ['etc'])
  const [fstab] = etc === undefined ? [] : await filesNamed(etc, ['fstab'])
  if (fstab === undefined) return []
  const places = swapPaths(await readFile(fstab, 'utf8')).map(async (path) => {
    const names = path.split('/').filter((name) => name !== '')
    const [folder] = await foldersAt(root, names.slice(0, -1))
    return folder === undefined ? [] : filesNamed(folder, names.slice(-1))
  })
  return (await Promise.all(places)).flat()
}

/** Paths of the files that an fstab swaps to; fstab(5) writes a blank as `\040`. */
export function swapPaths(fstab: string): string[] {
  const fields = fstab.split('\n').map((line) => line.trim().split(/\s+/))
  return fields
    .filter(([spec = '', , type]) => type === 'swap' && spec.startsWith('/') && !spec.startsWith('/dev/'))
    .map(([spec = '']) => spec.replaceAll(/\\([0-7]{3})/g, (_, code: string) => String.fromCharCode(Number.parseInt(code, 8))))
    .filter((path) => !path.split('/').includes('..'))
}
