/**
 * Paths in the boot tree. Loaders lie at its root because shim and GRUB build the paths of what they
 * load next from the folder that they came from themselves.
 */
export const LOADER_FILES = ['undionly.kpxe', 'shimx64.efi', 'grubx64.efi', 'snponly.efi'] as const

export const LIVE_FILES = {
  kernel: 'live/vmlinuz',
  /** Stage 1: network only; it fetches the root. */
  initrd: 'live/stage1.img',
  root: 'live/rootfs.squashfs',
} as const

/** Where stage 1 says how far it has come: `GET /boot/phase?mac=…&phase=…`. */
export const PHASE_PATH = 'boot/phase'
