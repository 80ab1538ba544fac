import { join } from 'node:path'
import type { Esp } from './esp.ts'
import { existsInside, readInside } from './inside.ts'

/** Where Debian, Ubuntu and what is made of them keep loaders that Microsoft's and their own key have signed. */
const SIGNED = [
  { from: 'usr/lib/shim/shimx64.efi.signed', to: 'shimx64.efi' },
  { from: 'usr/lib/shim/mmx64.efi.signed', to: 'mmx64.efi' },
  { from: 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed', to: 'grubx64.efi' },
]

/** A Linux system that is about to get its loader on an EFI partition. */
export interface EfiSystem {
  /** Where it is mounted. */
  root: string
  /** UUID of the filesystem that holds /boot, and GRUB's folder in it. */
  bootUuid: string
  grubFolder: '/boot/grub' | '/grub'
}

/**
 * Makes the EFI partition of this disk lead to a system that came without one: its own signed loaders, where there are none
 * yet, and the small grub.cfg that names its filesystem (what grub-install writes). Files that are there are never replaced.
 * @returns The folder, e.g. `EFI/debian`; `undefined` when the system brings no loaders and there are none.
 */
export async function installEfiLoader(esp: Esp, { root, bootUuid, grubFolder }: EfiSystem): Promise<string | undefined> {
  const folder = `EFI/${vendor(await readInside(root, 'usr/lib/os-release') ?? '')}`
  const there = new Set((await esp.files('EFI')).map((file) => file.toLowerCase()))
  const has = (name: string): boolean => there.has(`${folder}/${name}`.toLowerCase())
  for (const parent of ['EFI', folder]) await esp.makeFolder(parent)
  for (const { from, to } of SIGNED) {
    if (has(to) || !await existsInside(root, from)) continue
    await esp.put(join(root, from), `${folder}/${to}`)
    there.add(`${folder}/${to}`.toLowerCase())
  }
  if (!has('grubx64.efi')) return undefined
  await esp.write(`search.fs_uuid ${bootUuid} root\nset prefix=($root)'${grubFolder}'\nconfigfile $prefix/grub.cfg\n`, `${folder}/grub.cfg`)
  return folder
}

/** The folder that is compiled into the signed GRUB: that of the distribution which signed it. */
export function vendor(osRelease: string): string {
  const value = (key: string): string => new RegExp(`^${key}="?([^"\\n]*)"?$`, 'm').exec(osRelease)?.[1] ?? ''
  const family = [value('ID'), ...value('ID_LIKE').split(' ')]
  return family.includes('ubuntu') ? 'ubuntu' : 'debian'
}
