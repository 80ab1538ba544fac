import type { RestoreCommand } from '#shared/contract/agent.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ChunkSource, FetchPhase } from '#image/index.ts'
import type { OperationContext } from '../operation.ts'
import { declineMulticast, MulticastPart } from '../transfer/multicast-part.ts'
import { openDirectSupply, type ImageSupply } from './image-supply.ts'

/** How far a restore is when its data come. */
const MARKER = 55

/** Straight from the repository, which sends once to all computers; what that does not bring comes by unicast. */
export function openMulticastSupply(command: RestoreCommand, context: OperationContext): ImageSupply {
  const { repository } = command
  const direct = openDirectSupply(command, context)
  const fallback: ChunkSource = context.openRepository(repository)
  let part: MulticastPart | undefined
  const fetching: FetchPhase = async (wants, fetch) => {
    if (wants.length === 0) {
      declineMulticast(context)
      return
    }
    part = await MulticastPart.begin({ wants, fallback, repository, marker: MARKER, context })
    try {
      const [next] = await part.stillToCome(wants)
      await fetch(part.source, next && wants.indexOf(next))
    } catch (cause) {
      // Whoever is in the session has its key: bytes that are wrong may be another computer's, and the repository's right.
      if (!(cause instanceof ClonaulaError) || cause.result !== 'corruptImage') throw cause
      context.log.warn(context.texts.multicastDamaged)
      part.leave()
      await fetch(fallback)
    } finally {
      part.leave()
    }
  }
  return { ...direct, fetching, network: () => part?.network }
}
