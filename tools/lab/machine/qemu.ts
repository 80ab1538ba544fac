/** A virtual computer as QEMU arguments, for emulation without KVM. Pure. */

export const FIRMWARES = ['bios', 'uefi', 'secureboot'] as const
export type FirmwareKind = (typeof FIRMWARES)[number]
export const DISK_KINDS = ['virtio', 'ahci', 'nvme'] as const
export type DiskKind = (typeof DISK_KINDS)[number]
export const NICS = ['virtio', 'e1000', 'e1000e', 'rtl8139', 'vmxnet3'] as const
export type NicKind = (typeof NICS)[number]

export interface MachineSpec {
  /** From 1; also the last byte of its MAC. */
  number: number
  firmware: FirmwareKind
  disk: DiskKind
  nic: NicKind
  /** MiB. */
  memory: number
  /** The raw disk image. */
  image: string
  /** Tap interface, in the namespace that QEMU runs in; absent: no network card. */
  tap?: string
  /** Socket of the monitor. */
  qmp: string
  /** The computer's own copy of the UEFI variables. */
  variables: string
}

const OVMF = '/usr/share/OVMF'
const CODE: Record<Exclude<FirmwareKind, 'bios'>, string> = {
  uefi: `${OVMF}/OVMF_CODE_4M.fd`,
  secureboot: `${OVMF}/OVMF_CODE_4M.secboot.fd`,
}

/** What `variables` is to be a copy of; nothing for BIOS. */
export function variablesTemplate(firmware: FirmwareKind): string | undefined {
  if (firmware === 'bios') return undefined
  // `ms`: Microsoft's keys are enrolled, so Secure Boot is in force from the first start.
  return firmware === 'uefi' ? `${OVMF}/OVMF_VARS_4M.fd` : `${OVMF}/OVMF_VARS_4M.ms.fd`
}

/** Locally administered, QEMU's own prefix. */
export function macOf(number: number): string {
  return `52:54:00:c1:a0:${number.toString(16).padStart(2, '0')}`
}

export function uuidOf(number: number): string {
  return `c1a0c1a0-0000-4000-8000-${number.toString(16).padStart(12, '0')}`
}

function firmwareArgs({ firmware, variables }: MachineSpec): string[] {
  // `graphics=off` makes SeaBIOS and option ROMs write to the serial line.
  if (firmware === 'bios') return ['-machine', 'q35,graphics=off']
  const secure = firmware === 'secureboot'
  return [
    '-machine', `q35,graphics=off,smm=${secure ? 'on' : 'off'}`,
    // Only code in system management mode may write the variables: without this Secure Boot protects nothing.
    ...(secure ? ['-global', 'driver=cfi.pflash01,property=secure,value=on'] : []),
    '-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${CODE[firmware]}`,
    '-drive', `if=pflash,unit=1,format=raw,file=${variables}`,
  ]
}

function diskArgs({ disk, image, number }: MachineSpec): string[] {
  const serial = `CLAB${String(number).padStart(4, '0')}`
  const device = { virtio: 'virtio-blk-pci', ahci: 'ide-hd,bus=ide.0', nvme: 'nvme' }[disk]
  return [
    // Nothing on these disks outlives the lab, so a flush need not reach the host's own disk.
    '-drive', `if=none,id=disk,format=raw,file=${image},cache=unsafe,discard=unmap`,
    '-device', `${device},drive=disk,serial=${serial},bootindex=2`,
  ]
}

const NIC_DEVICES: Record<NicKind, string> = {
  virtio: 'virtio-net-pci', e1000: 'e1000', e1000e: 'e1000e', rtl8139: 'rtl8139', vmxnet3: 'vmxnet3',
}

function networkArgs({ nic, firmware, tap, number }: MachineSpec): string[] {
  if (tap === undefined) return ['-nic', 'none']
  // OVMF has a driver of its own for virtio alone; without the card's option ROM it uses that, as real
  // firmware does, and with Secure Boot it has to: iPXE's ROM is not signed.
  const rom = firmware !== 'bios' && nic === 'virtio' ? ',romfile=' : ''
  return [
    '-netdev', `tap,id=net,ifname=${tap},script=no,downscript=no`,
    '-device', `${NIC_DEVICES[nic]},netdev=net,mac=${macOf(number)},bootindex=1${rom}`,
  ]
}

/** The network is always first in the boot order: whether the disk starts is for the console to say. */
export function qemuArgv(spec: MachineSpec): string[] {
  const { number, memory, qmp } = spec
  return [
    'qemu-system-x86_64', '-name', `computer-${number}`,
    // /dev/kvm may exist and not work, so emulation is not a fallback here but the rule. `max` would offer the
    // guest emulated AVX, which makes SHA-256 three times slower.
    '-accel', 'tcg,thread=multi', '-cpu', 'qemu64', '-smp', '1', '-m', String(memory),
    ...firmwareArgs(spec),
    '-uuid', uuidOf(number),
    '-smbios', `type=1,manufacturer=Clonaula,product=Virtual computer,serial=LAB-${number}`,
    '-display', 'none', '-nodefaults', '-no-user-config',
    '-serial', 'stdio', '-qmp', `unix:${qmp},server=on,wait=off`,
    '-device', 'virtio-rng-pci',
    ...diskArgs(spec),
    ...networkArgs(spec),
  ]
}

/** Why no computer can be built like this; undefined when it can. */
export function refusal({ firmware, nic }: Pick<MachineSpec, 'firmware' | 'nic'>): string | undefined {
  if (firmware !== 'secureboot' || nic === 'virtio') return undefined
  return `--nic ${nic} needs an unsigned option ROM, which Secure Boot refuses: use virtio`
}
