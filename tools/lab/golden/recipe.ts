/** What the golden disk is made of: a small, real Debian. Everything here is part of the cache's key. */

export const SUITE = 'bookworm'
export const HOST_NAME = 'reference'

export type GoldenVariant = 'plain' | 'ntfs'

const MIB = 1024 * 1024

export interface GoldenPartition {
  name: string
  /** GPT type GUID. */
  type: string
  /** Bytes. */
  size: number
}

const BIOS_BOOT: GoldenPartition = { name: 'bios', type: '21686148-6449-6E6F-744E-656564454649', size: 1 * MIB }
const ESP: GoldenPartition = { name: 'esp', type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B', size: 64 * MIB }
const ROOT: GoldenPartition = { name: 'root', type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4', size: 640 * MIB }
/** The last one, so that the disk's growth is this partition's: NTFS has to be grown, not ext4. */
const DATA: GoldenPartition = { name: 'data', type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7', size: 96 * MIB }

/** In the order of their numbers, from 1. */
export function partitionsOf(variant: GoldenVariant): GoldenPartition[] {
  return variant === 'ntfs' ? [BIOS_BOOT, ESP, ROOT, DATA] : [BIOS_BOOT, ESP, ROOT]
}

/** Whole disk in bytes: 1 MiB before the first partition, and 1 MiB after the last for the backup table. */
export function diskSize(variant: GoldenVariant): number {
  return partitionsOf(variant).reduce((sum, { size }) => sum + size, 2 * MIB)
}

const PACKAGES = [
  // D-Bus for logind, which answers the power button.
  'attr', 'dbus', 'dosfstools', 'grub-efi-amd64-signed', 'grub-pc-bin', 'initramfs-tools', 'linux-image-amd64',
  'shim-signed', 'systemd-sysv', 'zstd',
]

const EXCLUDED = [
  '/usr/share/doc/*', '/usr/share/info/*', '/usr/share/locale/*', '/usr/share/man/*',
  // GRUB's modules for EFI are of no use to the signed image, which loads none.
  '/usr/lib/grub/x86_64-efi/*', '/usr/lib/grub/i386-pc/*.image', '/lib/modules/*/kernel/*',
]

/** Kernel modules that a virtual computer can need; all others of the 380 MB are left out. */
const MODULES = [
  'arch/x86/crypto', 'block', 'crypto', 'drivers/acpi', 'drivers/ata', 'drivers/block/loop.ko',
  'drivers/block/virtio_blk.ko', 'drivers/cdrom', 'drivers/char/hw_random', 'drivers/firmware', 'drivers/hid/hid.ko',
  'drivers/hid/hid-generic.ko', 'drivers/hid/usbhid', 'drivers/input/evdev.ko', 'drivers/input/serio',
  'drivers/net/ethernet/intel/e1000', 'drivers/net/ethernet/intel/e1000e', 'drivers/net/ethernet/realtek/8139cp.ko',
  'drivers/net/ethernet/realtek/8139too.ko', 'drivers/net/mii.ko', 'drivers/net/net_failover.ko',
  'drivers/net/virtio_net.ko', 'drivers/net/vmxnet3', 'drivers/nvme/common', 'drivers/nvme/host/nvme.ko',
  'drivers/nvme/host/nvme-core.ko', 'drivers/pps', 'drivers/ptp', 'drivers/scsi/scsi_common.ko',
  'drivers/scsi/scsi_mod.ko', 'drivers/scsi/sd_mod.ko', 'drivers/scsi/sg.ko', 'drivers/scsi/sr_mod.ko',
  'drivers/scsi/virtio_scsi.ko', 'drivers/usb/common', 'drivers/usb/core', 'drivers/usb/host',
  'drivers/usb/storage/usb-storage.ko', 'drivers/virtio', 'fs/autofs', 'fs/binfmt_misc.ko', 'fs/configfs',
  'fs/efivarfs', 'fs/ext4', 'fs/fat', 'fs/fuse', 'fs/jbd2', 'fs/mbcache.ko', 'fs/nls', 'lib', 'net/core/failover.ko',
]

/** dpkg's last matching rule wins, so the modules are let in again after all were shut out. */
export function pathRules(): string[] {
  return [
    ...EXCLUDED.map((pattern) => `path-exclude=${pattern}`),
    ...MODULES.map((path) => `path-include=/lib/modules/*/kernel/${path.endsWith('.ko') ? path : `${path}/*`}`),
  ]
}

export function mmdebstrapArgv(root: string, sources: readonly string[]): [string, ...string[]] {
  return [
    'mmdebstrap', '--quiet', '--mode=root', '--format=directory', '--variant=minbase', '--architectures=amd64',
    `--include=${PACKAGES.join(',')}`,
    ...pathRules().map((rule) => `--dpkgopt=${rule}`),
    SUITE, root, ...sources,
  ]
}

/** Units that cost seconds of an emulated start and say nothing about a restore. */
export const MASKED_UNITS = [
  'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer', 'e2scrub_all.timer', 'fstrim.timer',
  'getty@tty1.service', 'serial-getty@ttyS0.service', 'systemd-tmpfiles-clean.timer',
]
