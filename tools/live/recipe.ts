import type { PackageRecipe } from './packages.ts'

/**
 * What the live system is made of. Sizes and reasons: docs/live-system.md.
 */

/** Time of every file (seconds since 1970), so that the same inputs give the same bytes: 1 January 2025. */
export const DEFAULT_EPOCH = 1_735_689_600

export const LIVE_PACKAGES: PackageRecipe = {
  suite: 'bookworm',
  withDependencies: [
    'btrfs-progs',
    'busybox-static',
    'dmidecode',
    'dosfstools',
    'e2fsprogs',
    'efibootmgr',
    'ethtool',
    'exfatprogs',
    'f2fs-tools',
    'fdisk',
    'grub-common',
    'grub2-common',
    'hdparm',
    'iproute2',
    'kmod',
    'libc6',
    'libgcc-s1',
    'libhivex-bin',
    'libstdc++6',
    'mount',
    'mtools',
    'ntfs-3g',
    'partclone',
    'util-linux',
    'xfsprogs',
  ],
  // A library that one of these had and a program needed would stop the build (libraries.ts).
  omit: [
    /^(adduser|debconf|dmsetup|dpkg|gettext-base|passwd|sed|tar|.*-common-data)$/,
    /^(lsb-base|media-types|readline-common|sysvinit-utils|libaudit-common|libsemanage-common|libtirpc-common)$/,
    /python3|^libpam-modules|^libicu|^libxml2|^libdb5|^libsqlite3/,
  ],
  alone: ['grub-pc-bin', 'libc-bin'],
  // The LTS kernel of Debian 13 built for bookworm: four years more of network cards than bookworm's own 6.1.
  behind: ['linux-image-6.12-amd64'],
}

/** Signed loaders and iPXE: bookworm's GRUB 2.06 has no HTTP and asks the wrong server behind a ProxyDHCP. */
export const BOOT_PACKAGES: PackageRecipe = {
  suite: 'trixie',
  withDependencies: [],
  omit: [],
  alone: ['grub-efi-amd64-signed', 'ipxe', 'shim-signed'],
  behind: [],
}

/** Boot file by the name that it is served under → its place in the packages. */
export const BOOT_FILES: Readonly<Record<string, string>> = {
  'shimx64.efi': 'usr/lib/shim/shimx64.efi.signed',
  'grubx64.efi': 'usr/lib/grub/x86_64-efi-signed/grubnetx64.efi.signed',
  'undionly.kpxe': 'usr/lib/ipxe/undionly.kpxe',
  'snponly.efi': 'usr/lib/ipxe/snponly.efi',
  'ipxe.efi': 'usr/lib/ipxe/ipxe.efi',
}

/** Programs of the root, by name or pattern; each must be found. */
export const PROGRAMS: readonly string[] = [
  'busybox',
  // partitions and block devices
  'blkdiscard', 'blkid', 'blockdev', 'fdisk', 'findmnt', 'fstrim', 'hdparm', 'losetup', 'lsblk', 'mount', 'partx', 'sfdisk',
  'umount', 'wipefs',
  // used blocks of every filesystem
  'partclone.*',
  // ext2, ext3, ext4
  'badblocks', 'debugfs', 'dumpe2fs', 'e2fsck', 'e2label', 'fsck.ext[234]', 'mke2fs', 'mkfs.ext[234]', 'resize2fs', 'tune2fs',
  // NTFS
  'lowntfs-3g', 'mkfs.ntfs', 'mkntfs', 'mount.ntfs*', 'ntfs-3g', 'ntfs-3g.probe', 'ntfscat', 'ntfsclone', 'ntfscluster', 'ntfscp', 'ntfsfix',
  'ntfsinfo', 'ntfslabel', 'ntfsls', 'ntfsresize',
  // FAT, exFAT, XFS, btrfs, F2FS, swap
  'fatlabel', 'fsck.fat', 'fsck.vfat', 'mkfs.fat', 'mkfs.vfat', 'mcopy', 'mdel', 'mdir', 'mmd', 'mtools', 'mtype',
  'exfatlabel', 'fsck.exfat', 'mkfs.exfat', 'tune.exfat',
  'fsck.xfs', 'mkfs.xfs', 'xfs_admin', 'xfs_db', 'xfs_growfs', 'xfs_io', 'xfs_logprint',
  'xfs_repair',
  'btrfs', 'btrfstune', 'fsck.btrfs', 'mkfs.btrfs',
  'fsck.f2fs', 'mkfs.f2fs', 'resize.f2fs',
  'mkswap', 'swaplabel',
  // boot loaders and Windows' registry
  'efibootmgr', 'grub-bios-setup', 'grub-editenv', 'grub-install', 'grub-mkimage', 'grub-probe', 'hivexsh',
  // kernel modules, hardware, network
  'depmod', 'insmod', 'kmod', 'lsmod', 'modinfo', 'modprobe', 'rmmod', 'dmidecode', 'ethtool', 'ip',
]

/** Programs of the network stage: busybox has a modprobe that will do, and the real one brings 5 MB of libcrypto. */
export const NETWORK_PROGRAMS: readonly string[] = ['busybox']

/** Files that go into the root by folder: GRUB's modules for BIOS, the code pages of names on FAT, the locale of names in UTF-8. */
export const FOLDERS: readonly { folder: string; files: readonly string[] }[] = [
  { folder: 'usr/lib/grub/i386-pc', files: ['*.mod', '*.lst', '*.img', 'modinfo.sh'] },
  { folder: 'usr/lib/x86_64-linux-gnu/gconv', files: ['IBM850.so', 'IBM437.so', 'gconv-modules.cache'] },
  { folder: 'usr/lib/locale/C.utf8', files: ['LC_[!M]*', 'LC_MONETARY', 'LC_MEASUREMENT'] },
  { folder: 'usr/lib/locale/C.utf8/LC_MESSAGES', files: ['*'] },
]

/** Modules of the network stage: wired cards of desktops, laptops, USB adapters and virtual machines, and the root's mount. */
export const NETWORK_MODULES: readonly string[] = [
  'drivers/net/ethernet/{3com,adaptec,agere,amd,aquantia,atheros,dec,dlink,marvell,nvidia,realtek,sis,smsc,via}/**',
  'drivers/net/ethernet/8390/ne2k-pci',
  'drivers/net/ethernet/broadcom/{b44,bnx2,tg3}',
  'drivers/net/ethernet/intel/{e100,igb,igbvf,igc,ixgbe}{,/**}',
  'drivers/net/ethernet/intel/e1000{,e}/**',
  'drivers/net/ethernet/jme',
  'drivers/net/ethernet/microchip/lan743x',
  'drivers/net/ethernet/natsemi/*',
  'drivers/net/ethernet/stmicro/**',
  'drivers/net/ethernet/ti/*',
  '!drivers/net/ethernet/**/*_cs',
  'drivers/net/phy/**',
  'drivers/net/usb/*',
  '!drivers/net/usb/{cdc-phonet,cdc_mbim,hso,huawei_cdc_ncm,ipheth,kalmia,lg-vl600,qmi_wwan,sierra_net}',
  'drivers/net/virtio_net',
  'drivers/net/vmxnet3/*',
  'drivers/net/hyperv/*',
  'drivers/net/xen-netfront',
  'drivers/pci/controller/pci-hyperv',
  'drivers/usb/host/{ehci-pci,ohci-pci,uhci-hcd,xhci-pci}',
  'drivers/char/hw_random/virtio-rng',
  'drivers/block/loop',
  'fs/squashfs/*',
  'fs/overlayfs/*',
  'crypto/crc32c_generic',
]

/** Modules of the root: disks, filesystems, keyboards. Network cards are already at work by then. */
export const ROOT_MODULES: readonly string[] = [
  'drivers/ata/**',
  'drivers/nvme/host/{nvme,nvme-core}',
  'drivers/pci/controller/vmd',
  'drivers/block/{loop,virtio_blk,xen-blkfront}',
  'drivers/scsi/{sd_mod,hv_storvsc,virtio_scsi,vmw_pvscsi}',
  'drivers/scsi/{megaraid,mpt3sas,sym53c8xx_2}/*',
  'drivers/message/fusion/{mptsas,mptspi}',
  'drivers/ufs/host/*',
  'drivers/usb/storage/**',
  'drivers/mmc/core/mmc_block',
  'drivers/mmc/host/{alcor,rtsx_pci_sdmmc,rtsx_usb_sdmmc,sdhci-acpi,sdhci-pci}',
  'drivers/hid/usbhid/usbhid',
  'drivers/hid/hid-{apple,cherry,chicony,generic,hyperv,lenovo,logitech,logitech-dj,microsoft}',
  'drivers/input/serio/hyperv-keyboard',
  'drivers/acpi/fan',
  'fs/{ext4,btrfs,exfat,f2fs,fuse,ntfs3,xfs}/*',
  'fs/fat/{msdos,vfat}',
  'fs/nls/nls_{ascii,cp437,cp850,iso8859-1,iso8859-15,utf8}',
  'fs/efivarfs/*',
  'crypto/crc32c_generic',
  'arch/x86/crypto/{crc32-pclmul,crc32c-intel}',
]
