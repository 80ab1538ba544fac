import type { MacAddress } from '#shared/domain/ids.ts'
import type { LoaderVariant } from './architectures.ts'

/** A computer that asks how to boot, as far as its DHCP message tells. */
export interface BootClient {
  mac: MacAddress
  /** SMBIOS UUID in the form that Linux prints (`/sys/class/dmi/id/product_uuid`). */
  uuid?: string
  /** Option 93, best first. */
  architectures: readonly number[]
  /** Who is asking: the firmware, or iPXE once it runs (also as the network card's ROM). */
  stage: 'firmware' | 'ipxe'
  /** How the firmware wants its loader: PXE (TFTP) or UEFI HTTP boot. */
  protocol: 'pxe' | 'http'
}

export type BootChoice =
  | { action: 'boot'; loader: LoaderVariant }
  | { action: 'ignore'; reason: string }

/** All that the boot services ask of the rest of the console. */
export interface BootPolicy {
  decide(client: BootClient): BootChoice
}

export const bootEverybody: BootPolicy = { decide: () => ({ action: 'boot', loader: 'signed' }) }
