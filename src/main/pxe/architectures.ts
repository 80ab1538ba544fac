/**
 * Client architecture (DHCP option 93) → what it can boot.
 *
 * The codes are IANA's "Processor Architecture Types" (registry of RFC 5970 §3.3, begun by RFC 4578
 * §2.1). RFC 4578 lists 7 as EFI BC and 9 as EFI x86-64; firmware in the field has always sent 7 for
 * x64 (erratum 4624, and so IANA now lists it), so both get the x64 loader.
 */
export interface Architecture {
  code: number
  name: string
  /** What this console can start there; absent: nothing, and the client is refused with the name as reason. */
  boots?: 'bios' | 'uefi-x64' | 'uefi-x64-http'
}

/** `signed`: shim and GRUB, Secure Boot on or off. `ipxe`: for firmware that GRUB's network stack dislikes, Secure Boot off. */
export type LoaderVariant = 'signed' | 'ipxe'

export interface Loader {
  transport: 'tftp' | 'http'
  /** Path in the boot tree. */
  file: string
}

export const ARCHITECTURES: readonly Architecture[] = [
  { code: 0x00, name: 'x86 BIOS', boots: 'bios' },
  { code: 0x01, name: 'NEC/PC98' },
  { code: 0x02, name: 'Itanium UEFI' },
  { code: 0x03, name: 'DEC Alpha' },
  { code: 0x04, name: 'ARC x86' },
  { code: 0x05, name: 'Intel Lean Client' },
  { code: 0x06, name: 'x86 32-bit UEFI' },
  { code: 0x07, name: 'x64 UEFI', boots: 'uefi-x64' },
  { code: 0x08, name: 'EFI Xscale' },
  { code: 0x09, name: 'x64 UEFI (EBC)', boots: 'uefi-x64' },
  { code: 0x0a, name: 'ARM 32-bit UEFI' },
  { code: 0x0b, name: 'ARM 64-bit UEFI' },
  { code: 0x0c, name: 'PowerPC Open Firmware' },
  { code: 0x0d, name: 'PowerPC ePAPR' },
  { code: 0x0e, name: 'POWER OPAL v3' },
  { code: 0x0f, name: 'x86 32-bit UEFI HTTP' },
  { code: 0x10, name: 'x64 UEFI HTTP', boots: 'uefi-x64-http' },
  { code: 0x11, name: 'EBC HTTP' },
  { code: 0x12, name: 'ARM 32-bit UEFI HTTP' },
  { code: 0x13, name: 'ARM 64-bit UEFI HTTP' },
  { code: 0x14, name: 'x86 BIOS HTTP' },
  { code: 0x15, name: 'ARM 32-bit U-Boot' },
  { code: 0x16, name: 'ARM 64-bit U-Boot' },
  { code: 0x17, name: 'ARM 32-bit U-Boot HTTP' },
  { code: 0x18, name: 'ARM 64-bit U-Boot HTTP' },
  { code: 0x19, name: 'RISC-V 32-bit UEFI' },
  { code: 0x1a, name: 'RISC-V 32-bit UEFI HTTP' },
  { code: 0x1b, name: 'RISC-V 64-bit UEFI' },
  { code: 0x1c, name: 'RISC-V 64-bit UEFI HTTP' },
  { code: 0x25, name: 'LoongArch 32-bit UEFI' },
  { code: 0x26, name: 'LoongArch 32-bit UEFI HTTP' },
  { code: 0x27, name: 'LoongArch 64-bit UEFI' },
  { code: 0x28, name: 'LoongArch 64-bit UEFI HTTP' },
]

const LOADERS: Record<NonNullable<Architecture['boots']>, Record<LoaderVariant, Loader>> = {
  // undionly.kpxe keeps the ROM's own driver (UNDI), so it works on cards that iPXE has no driver for.
  bios: {
    signed: { transport: 'tftp', file: 'undionly.kpxe' },
    ipxe: { transport: 'tftp', file: 'undionly.kpxe' },
  },
  // shim looks for grubx64.efi beside itself, by the transport that it came by.
  'uefi-x64': {
    signed: { transport: 'tftp', file: 'shimx64.efi' },
    ipxe: { transport: 'tftp', file: 'snponly.efi' },
  },
  'uefi-x64-http': {
    signed: { transport: 'http', file: 'shimx64.efi' },
    ipxe: { transport: 'http', file: 'snponly.efi' },
  },
}

const BY_CODE = new Map(ARCHITECTURES.map((architecture) => [architecture.code, architecture]))

export function architectureName(code: number): string {
  return BY_CODE.get(code)?.name ?? `architecture ${code}`
}

/** The loader for the first of `codes` (best first, RFC 4578 §2.1) that can be booted; undefined: none can. */
export function loaderFor(codes: readonly number[], variant: LoaderVariant): Loader | undefined {
  const boots = codes.map((code) => BY_CODE.get(code)?.boots).find((kind) => kind !== undefined)
  return boots === undefined ? undefined : LOADERS[boots][variant]
}
