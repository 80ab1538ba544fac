/** From what was chosen in the wizard to the commands that say it, and back from their text. Pure. */
import type { NetworkProperties } from '#shared/domain/classroom.ts'
import { CacheTransfer, DeployTransfer, type DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import { decodeDeployment, encodeDeployment } from '#shared/domain/deploy/deploy-text.ts'
import { optionNames, optionsOfRoom } from '#shared/domain/deploy/option-text.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Decision } from '../../components/imaging/image-options.ts'
import { MULTICAST_FIELDS, P2P_FIELDS, type NetworkField } from '../../components/network/network-form.ts'

export interface DeployChoice extends Decision {
  /** Into the CACHE, and no further. */
  cacheOnly: boolean
  transfer: DeployTransfer
}

/** The network properties that a way of transfer has a use for, in the order of the classroom's form. */
export function fieldsOf(transfer: DeployTransfer): readonly NetworkField[] {
  const names: readonly NetworkField[] = optionNames(transfer)
  return [...MULTICAST_FIELDS, ...P2P_FIELDS].filter((field) => names.includes(field))
}

export function transfersFor(cacheOnly: boolean): readonly DeployTransfer[] {
  return cacheOnly ? CacheTransfer.options : DeployTransfer.options
}

export function usesCache(transfer: DeployTransfer): boolean {
  return CacheTransfer.safeParse(transfer).success
}

/** A choice with the transfer that is nearest to its own among those that it may have. */
export function withCacheOnly(choice: DeployChoice, cacheOnly: boolean): DeployChoice {
  const transfer = cacheOnly ? CacheTransfer.parse(choice.transfer.replace('-DIRECT', '')) : choice.transfer
  // What goes to a destination may be a part of a disk image, and what goes into a CACHE is a whole one: it is chosen again.
  return { cacheOnly, transfer, ...(choice.target && { target: choice.target }) }
}

/** @returns '' while the choice is not complete */
export function commandsText(choice: DeployChoice, network: NetworkProperties): string {
  const command = commandOf(choice, network)
  return command ? encodeDeployment([command]).trimEnd() : ''
}

/** @param network of this deployment: the classroom's with what was changed */
function commandOf({ cacheOnly, target, image, revision, transfer }: DeployChoice, network: NetworkProperties): DeployCommand | undefined {
  if (!image) return undefined
  const named = { name: image.image.name, ...(revision !== undefined && { revision }) }
  const options = optionsOfRoom(transfer, network)
  if (cacheOnly) return { kind: 'updateCache', image: named, transfer: CacheTransfer.parse(transfer), options }
  if (!target) return undefined
  return { kind: 'deployImage', image: { ...named, ...(image.volume && { volume: image.volume.partition }) }, target, transfer, options }
}

/** The commands that a text is, or what is wrong with it. */
export function readCommands(text: string): { commands: DeployCommand[] } | { fault: ClonaulaError } {
  try {
    return { commands: decodeDeployment(text) }
  } catch (error) {
    if (error instanceof ClonaulaError) return { fault: error }
    throw error
  }
}
