import type { HttpBase } from '../dhcp/boot-instruction.ts'
import { LIVE_FILES } from '../boot-files.ts'
import { kernelCommandLine } from './command-line.ts'
import { printable, type BootContext } from './context.ts'

/** A computer's GRUB 2.12 configuration: commands, no menu, so that nothing waits for a key. */
export function grubConfig(context: BootContext): string {
  const body = context.mode === 'disk' ? localDisk(context) : liveSystem(context)
  return [`echo "Clonaula ${printable(context.name)}"`, ...body, ''].join('\n')
}

/**
 * What GRUB reads first, the same for every computer: it sends each to its own configuration. GRUB knows
 * its card's address (`net_default_mac`); the console's is written out, because behind a ProxyDHCP
 * `net_default_server` is the DHCP server's in some versions.
 */
export function grubDispatcher(httpBase: HttpBase): string {
  return [
    `configfile ${httpDevice(httpBase)}/boot/\${net_default_mac}/grub.cfg`,
    ...startAgain('The configuration of this computer could not be fetched'),
    '',
  ].join('\n')
}

function liveSystem(context: BootContext): string[] {
  const device = httpDevice(context.httpBase)
  return [
    `if linux ${device}/${LIVE_FILES.kernel} ${kernelCommandLine(context)}; then`,
    `  if initrd ${device}/${LIVE_FILES.initrd}; then`,
    '    boot',
    '  fi',
    'fi',
    ...startAgain('The live system could not be fetched'),
  ]
}

/**
 * Boot loaders on the disk, those of a system before the fallback: with two systems installed, the
 * Linux one is the menu for both, and /EFI/BOOT is what removable media have too.
 */
const DISK_LOADERS = [
  '/EFI/ubuntu/shimx64.efi',
  '/EFI/debian/shimx64.efi',
  '/EFI/fedora/shimx64.efi',
  '/EFI/opensuse/shim.efi',
  '/EFI/Microsoft/Boot/bootmgfw.efi',
  '/EFI/BOOT/BOOTX64.EFI',
]

/**
 * Chainloading, because `exit` lands in the set-up screen of firmware that has no other boot entry. It
 * works under Secure Boot: shim, still resident, checks the loader's signature.
 */
function localDisk({ disk = 1 }: BootContext): string[] {
  return [
    `for loader in ${DISK_LOADERS.join(' ')}; do`,
    `  if search --no-floppy --set=root --hint=hd${disk - 1}, --file $loader; then`,
    '    if chainloader $loader; then',
    '      boot',
    '    fi',
    '  fi',
    'done',
    'echo "No boot loader was found on the disks"',
    'sleep 10',
    'exit',
  ]
}

function startAgain(reason: string): string[] {
  return [`echo "${reason}: starting again in 30 s"`, 'sleep 30', 'reboot']
}

/** `http://10.77.0.1:8080` → `(http,10.77.0.1:8080)` (GRUB manual 2.12, §"Device syntax"). */
function httpDevice(httpBase: HttpBase): string {
  return `(http,${new URL(httpBase).host})`
}
