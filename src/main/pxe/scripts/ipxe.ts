import { basename } from 'node:path/posix'
import { LIVE_FILES } from '../boot-files.ts'
import { kernelCommandLine } from './command-line.ts'
import { printable, type BootContext } from './context.ts'

/** A computer's iPXE script (https://ipxe.org/scripting). */
export function ipxeScript(context: BootContext): string {
  const body = context.mode === 'disk' ? localDisk(context) : liveSystem(context)
  return ['#!ipxe', `echo Clonaula ${printable(context.name)}`, ...body, ''].join('\n')
}

function liveSystem(context: BootContext): string[] {
  const initrd = basename(LIVE_FILES.initrd)
  return [
    // Under UEFI the kernel asks the loader for its initrd by the name in `initrd=`.
    `kernel ${context.httpBase}/${LIVE_FILES.kernel} initrd=${initrd} ${kernelCommandLine(context)} || goto failed`,
    `initrd --name ${initrd} ${context.httpBase}/${LIVE_FILES.initrd} || goto failed`,
    'boot || goto failed',
    ':failed',
    'echo The live system could not be fetched: starting again in 30 s',
    'sleep 30',
    'reboot',
  ]
}

/**
 * Drive 0x80 is the first disk: by INT 13h under BIOS; under UEFI iPXE counts the firmware's disks in the
 * same way, and starts \EFI\BOOT\BOOTX64.EFI. When it does not start, back to the firmware's boot order.
 */
function localDisk({ disk = 1 }: BootContext): string[] {
  return [`sanboot --no-describe --drive 0x${(0x80 + disk - 1).toString(16)} ||`, 'exit 1']
}
