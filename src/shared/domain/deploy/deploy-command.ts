/**
 * The commands of a deployment, as technicians of OpenGnsys know them: `deployImage` brings an image into the CACHE (unless
 * its transfer is a DIRECT one) and restores it, `updateCache` only brings it. Written and read by `deploy-text.ts`.
 */
import { z } from 'zod'
import type { DiskTarget } from '../disk.ts'
import type { CacheMethod, RestoreMethod } from '../method.ts'
import type { ProtocolOptions } from './protocol-options.ts'

/** Ways of transfer by the names that they have in the commands. */
export const DeployTransfer = z.enum(['TORRENT', 'MULTICAST', 'MULTICAST-DIRECT', 'UNICAST', 'UNICAST-DIRECT'])
export type DeployTransfer = z.infer<typeof DeployTransfer>

/** Those that go by way of the CACHE. */
export const CacheTransfer = DeployTransfer.extract(['TORRENT', 'MULTICAST', 'UNICAST'])
export type CacheTransfer = z.infer<typeof CacheTransfer>

/** An image by name. `revision` absent: the newest. */
export interface NamedImage { name: string; revision?: number }

export interface DeployImage {
  kind: 'deployImage'
  /** `volume`: which partition of a disk image goes into the target partition. */
  image: NamedImage & { volume?: number }
  target: DiskTarget
  transfer: DeployTransfer
  options: ProtocolOptions
}

export interface UpdateCache {
  kind: 'updateCache'
  image: NamedImage
  transfer: CacheTransfer
  options: ProtocolOptions
}

export type DeployCommand = DeployImage | UpdateCache

const METHODS = {
  'TORRENT': 'TORRENT-CACHE',
  'MULTICAST': 'MULTICAST-CACHE',
  'MULTICAST-DIRECT': 'MULTICAST-DIRECT',
  'UNICAST': 'UNICAST-CACHE',
  'UNICAST-DIRECT': 'UNICAST-DIRECT',
} as const satisfies Record<DeployTransfer, RestoreMethod>

export function methodOf(transfer: CacheTransfer): CacheMethod
export function methodOf(transfer: DeployTransfer): RestoreMethod
export function methodOf(transfer: DeployTransfer): RestoreMethod {
  return METHODS[transfer]
}

const TRANSFERS = {
  'TORRENT-CACHE': 'TORRENT',
  'MULTICAST-CACHE': 'MULTICAST',
  'MULTICAST-DIRECT': 'MULTICAST-DIRECT',
  'UNICAST-CACHE': 'UNICAST',
  'UNICAST-DIRECT': 'UNICAST-DIRECT',
} as const satisfies Record<RestoreMethod, DeployTransfer>

export function transferOf(method: CacheMethod): CacheTransfer
export function transferOf(method: RestoreMethod): DeployTransfer
export function transferOf(method: RestoreMethod): DeployTransfer {
  return TRANSFERS[method]
}
