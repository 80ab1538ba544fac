/** Who boots what. Pure: a computer of the inventory (or none) and whether there is a live system. */
import type { BootMode } from '#shared/domain/computer.ts'
import type { BootChoice } from '../pxe/index.ts'

/** As far as booting goes; undefined for a computer that nobody has adopted. */
export interface KnownComputer {
  name: string
  bootMode: BootMode
}

/** A computer that nobody knows boots the live system, to be seen and adopted. */
export function bootModeOf(computer: KnownComputer | undefined): BootMode {
  return computer?.bootMode ?? 'live'
}

/** What there is to boot: some of it may not have been built or brought yet. */
export interface BootSupplies {
  live: boolean
  /** Not needed by a client that runs iPXE already. */
  loaders: boolean
}

/**
 * A computer that cannot be given all of what it needs is not answered: it goes on to the next entry of
 * its boot order instead of into an error.
 */
export function decideBoot(computer: KnownComputer | undefined, supplies: BootSupplies): BootChoice {
  const mode = bootModeOf(computer)
  if (mode !== 'disk' && !supplies.live) return { action: 'ignore', reason: 'there is no live system here' }
  if (!supplies.loaders) return { action: 'ignore', reason: 'there are no boot loaders here' }
  return { action: 'boot', loader: mode === 'ipxe-live' ? 'ipxe' : 'signed' }
}
