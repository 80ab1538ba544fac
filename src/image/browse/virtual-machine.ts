import { copyFile, stat } from 'node:fs/promises'
import type { Writable } from 'node:stream'
import type { Firmware } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { runCommand, type Argv, type RunningCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { streamTied } from './tied-command.ts'

export interface MachineFacts {
  firmware: Firmware
  /** MiB. */
  memory: number
  /** Bytes of a sector of the disk. */
  sectorSize: number
  /** Unix socket of an NBD server, whose default export is the disk. */
  socket: string
  /** Number of the VNC display on the loopback address (port 5900 + n), if any. */
  display?: number | undefined
  /** Whether the processor's own virtualisation is used; emulated otherwise, which always works. */
  accelerate: boolean
  /** UEFI: the firmware, and this machine's own copy of its variables. */
  uefi?: UefiFiles | undefined
}

export interface UefiFiles {
  code: string
  variables: string
}

const QEMU = 'qemu-system-x86_64'

/** Where distributions put OVMF, the UEFI of QEMU (4 MiB builds): Debian and Ubuntu, Fedora, Arch, openSUSE. */
const OVMF: readonly UefiFiles[] = [
  { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', variables: '/usr/share/OVMF/OVMF_VARS_4M.fd' },
  { code: '/usr/share/edk2/ovmf/OVMF_CODE.fd', variables: '/usr/share/edk2/ovmf/OVMF_VARS.fd' },
  { code: '/usr/share/edk2/x64/OVMF_CODE.4m.fd', variables: '/usr/share/edk2/x64/OVMF_VARS.4m.fd' },
  { code: '/usr/share/qemu/ovmf-x86_64-4m-code.bin', variables: '/usr/share/qemu/ovmf-x86_64-4m-vars.bin' },
]

/**
 * The command for a machine that starts from a disk and from nothing else: no network, so that a clone of a computer does
 * not meet the original. Its first serial port is the command's input and output.
 */
export function machineCommand(facts: MachineFacts): Argv {
  const disk = { driver: 'nbd', 'node-name': 'disk', server: { type: 'unix', path: facts.socket }, discard: 'unmap' }
  // A SATA disk is known to every system since 2005; the one here has no other sectors than of 512 bytes.
  const controller = facts.sectorSize === 512 ? 'ide-hd,bus=ide.0' : `nvme,serial=clonaula,logical_block_size=${facts.sectorSize}`
  return [
    QEMU,
    '-machine', 'q35', '-accel', facts.accelerate ? 'kvm' : 'tcg', '-cpu', 'max', '-m', String(facts.memory),
    '-nodefaults', '-no-reboot', '-nic', 'none', '-device', 'VGA', '-device', 'qemu-xhci', '-device', 'usb-tablet',
    ...(facts.uefi ? firmwareOptions(facts.uefi) : []),
    '-blockdev', JSON.stringify(disk), '-device', `${controller},drive=disk,bootindex=0`,
    '-display', 'none', '-serial', 'mon:stdio',
    ...(facts.display === undefined ? [] : ['-vnc', `127.0.0.1:${facts.display}`]),
  ]
}

function firmwareOptions({ code, variables }: UefiFiles): string[] {
  const flash = (unit: number, filename: string, readOnly: boolean): string[] => [
    '-blockdev', JSON.stringify({ driver: 'file', 'node-name': `flash${unit}`, filename, 'read-only': readOnly }),
    '-machine', `pflash${unit}=flash${unit}`,
  ]
  return [...flash(0, code, true), ...flash(1, variables, false)]
}

/** @throws `notExecutable` there is none */
export async function uefiFiles(copyTo: string): Promise<UefiFiles> {
  for (const { code, variables } of OVMF) {
    if (!await exists(code) || !await exists(variables)) continue
    await copyFile(variables, copyTo)
    return { code, variables: copyTo }
  }
  throw new ClonaulaError('notExecutable', 'there is no OVMF on this computer (package ovmf)', { program: 'ovmf' })
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false)
}

/**
 * Whether QEMU can use the processor's virtualisation: a machine is made and left again. That /dev/kvm is there says
 * nothing: in nested machines it may be, and QEMU aborts.
 */
export async function canAccelerate({ signal }: CallOptions = {}): Promise<boolean> {
  const probe: Argv = [
    QEMU, '-machine', 'q35', '-accel', 'kvm', '-cpu', 'max', '-m', '64', '-nodefaults', '-nic', 'none', '-S', '-display', 'none',
    '-monitor', 'stdio',
  ]
  const options = { stdin: 'quit\n', timeout: 10_000, signal }
  return runCommand(probe, options).then(() => true, () => {
    signal?.throwIfAborted()
    return false
  })
}

export interface VirtualMachineOptions extends CallOptions {
  /** What the machine says on its serial port, byte for byte. */
  onSerial: (bytes: Buffer) => void
}

/** A machine that runs until it is switched off, or aborted. */
export class VirtualMachine {
  /** What is typed on its serial port; Ctrl-A x switches it off (QEMU's own key). */
  readonly keyboard: Writable
  readonly #running: RunningCommand

  private constructor(running: RunningCommand) {
    this.keyboard = running.stdin
    this.#running = running
  }

  /** @throws `notExecutable` QEMU is not installed */
  static start(facts: MachineFacts, { signal, onSerial }: VirtualMachineOptions): VirtualMachine {
    const running = streamTied(machineCommand(facts), { signal })
    running.stdin.on('error', () => undefined) // it was switched off while somebody typed
    running.stdout.on('data', onSerial)
    return new VirtualMachine(running)
  }

  /** Returns when it is off. @throws `generic` QEMU could not run it · the signal's reason */
  async off(): Promise<void> {
    await this.#running.done
  }
}
