/** Both ways into the golden disk: GRUB in the BIOS boot partition, and shim with Debian's signed GRUB in the ESP. */
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '#image/run/run.ts'
import type { CleanupStack } from '../host/cleanup.ts'
import { mount } from './block-device.ts'

/** Runs Debian's own tools of the new system inside it, as an installer would. */
export async function installGrub(
  root: string, device: string, rootUuid: string, cleanup: CleanupStack,
): Promise<void> {
  await mountDevices(root, device, rootUuid, cleanup)
  await mount(['-t', 'proc', 'proc'], join(root, 'proc'), cleanup)
  await mount(['-t', 'sysfs', 'sysfs'], join(root, 'sys'), cleanup)
  await runCommand(['chroot', root, 'grub-install', '--target=i386-pc', device])
  await runCommand(['chroot', root, 'grub-mkconfig', '-o', '/boot/grub/grub.cfg'])
}

/** A /dev with this disk alone, and with the link by UUID: without it grub-mkconfig would write `root=/dev/loop0p3`. */
async function mountDevices(root: string, device: string, rootUuid: string, cleanup: CleanupStack): Promise<void> {
  const dev = join(root, 'dev')
  await mount(['-t', 'tmpfs', '-o', 'mode=755', 'dev'], dev, cleanup)
  await runCommand(['cp', '--archive', '/dev/null', device, `${device}p1`, `${device}p2`, `${device}p3`, dev])
  await mkdir(join(dev, 'disk/by-uuid'), { recursive: true })
  await symlink(`${device}p3`, join(dev, 'disk/by-uuid', rootUuid))
}

const SHIM = 'usr/lib/shim/shimx64.efi.signed'
const MOK_MANAGER = 'usr/lib/shim/mmx64.efi.signed'
const SIGNED_GRUB = 'usr/lib/grub/x86_64-efi-signed/grubx64.efi.signed'

/**
 * Fills the ESP with mtools (no kernel driver for FAT needed): Debian's own folder, and the removable
 * path, which firmware starts that has no boot entry for this disk yet.
 */
export async function fillEsp(root: string, partition: string, rootUuid: string, scratch: string): Promise<void> {
  // What grub-install writes: the signed image looks for it beside Debian's copy of itself.
  const stub = join(scratch, 'grub.cfg')
  const lines = [`search.fs_uuid ${rootUuid} root`, "set prefix=($root)'/boot/grub'", 'configfile $prefix/grub.cfg']
  await writeFile(stub, `${lines.join('\n')}\n`)
  const files: [string, string][] = [
    [join(root, SHIM), 'EFI/BOOT/BOOTX64.EFI'],
    [join(root, SIGNED_GRUB), 'EFI/BOOT/grubx64.efi'],
    [join(root, MOK_MANAGER), 'EFI/BOOT/mmx64.efi'],
    [join(root, SHIM), 'EFI/debian/shimx64.efi'],
    [join(root, SIGNED_GRUB), 'EFI/debian/grubx64.efi'],
    [join(root, MOK_MANAGER), 'EFI/debian/mmx64.efi'],
    [stub, 'EFI/debian/grub.cfg'],
  ]
  await runCommand(['mmd', '-i', partition, '::EFI', '::EFI/BOOT', '::EFI/debian'])
  for (const [from, to] of files) await runCommand(['mcopy', '-i', partition, from, `::${to}`])
}
