import { unlink } from 'node:fs/promises'
import type { CallOptions } from '../../store.ts'
import { emptyFolder, filesNamed, foldersAt } from './folders.ts'

/** Windows makes them at its next start. A hibernated Windows is refused long before its memory could be deleted. */
const FILES = ['pagefile.sys', 'swapfile.sys', 'hiberfil.sys']

/** `C:\Windows\Temp`, and each user's own; the last one is of Windows XP. */
const FOLDERS = [
  ['Windows', 'Temp'],
  ['Users', '*', 'AppData', 'Local', 'Temp'],
  ['Documents and Settings', '*', 'Local Settings', 'Temp'],
]

/** Removes page, swap and hibernation files, and empties the temporary folders of an installed Windows. @returns how many files went */
export async function cleanWindows(root: string, { signal }: CallOptions): Promise<number> {
  const found = await filesNamed(root, FILES)
  for (const file of found) await unlink(file)
  let files = found.length
  if ((await foldersAt(root, ['Windows', 'System32'])).length === 0) return files
  for (const path of FOLDERS) {
    for (const folder of await foldersAt(root, path)) files += await emptyFolder(folder, { signal })
  }
  return files
}
