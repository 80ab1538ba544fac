/**
 * The automatic change of method of the Restaurar command: a computer that cannot do what was asked for, because of
 * its CACHE, does the next best thing, as the engine settings say. A deployment never changes anything by itself.
 */
import { z } from 'zod'
import { assertNever, ClonaulaError } from './errors.ts'
import { isDirect, RestoreMethod } from './method.ts'

/** What to do on a computer without a CACHE, or with one that the image can never fit in. */
export const NoCacheRule = z.enum(['NONE', 'UNICAST', 'MULTICAST'])
export type NoCacheRule = z.infer<typeof NoCacheRule>

/** What to do when the CACHE is large enough, and other images are in the way. */
export const FullCacheRule = z.enum(['NONE', 'FORMAT', 'DELETE'])
export type FullCacheRule = z.infer<typeof FullCacheRule>

export const EngineRules = z.object({
  /** `NONE`: fail · `UNICAST`: straight from the repository · `MULTICAST`: the same, a multicast by multicast. */
  noCache: NoCacheRule.default('UNICAST'),
  /** `NONE`: fail · `FORMAT`: empty the CACHE · `DELETE`: remove other images, oldest use first. */
  fullCache: FullCacheRule.default('NONE'),
})
export type EngineRules = z.infer<typeof EngineRules>

/** What a computer's CACHE means for an image, in bytes. `missing` is what would have to be brought into it. */
export interface CacheRoom {
  size: number
  free: number
  missing: number
  /** Bytes of the whole image, with what is there already. */
  image: number
}

export interface MethodRequest {
  command: 'restore' | 'deploy'
  method: RestoreMethod
  /** Absent: no CACHE on this computer. */
  cache: CacheRoom | undefined
  rules: EngineRules
}

/** Why another method is used than the one that was asked for. */
export const ChangeReason = z.enum(['noCache', 'cacheTooSmall'])
export type ChangeReason = z.infer<typeof ChangeReason>

/** How a computer's restore really gets its data. */
export const MethodUse = z.object({
  method: RestoreMethod,
  changed: ChangeReason.optional(),
  /** What makes room for the image before it is brought. */
  makeRoom: FullCacheRule.exclude(['NONE']).optional(),
  /** The image is in the CACHE: nothing is transferred. */
  cached: z.literal(true).optional(),
})
export type MethodUse = z.infer<typeof MethodUse>

export type MethodDecision = MethodUse | { refusal: 'noCache' | 'noSpace' }

/** Which method a computer really uses. A pure function of what is asked, what it has, and the settings. */
export function decideMethod({ command, method, cache, rules }: MethodRequest): MethodDecision {
  if (isDirect(method)) return { method }
  if (cache?.missing === 0) return { method, cached: true }
  if (cache === undefined) return withoutCache('noCache', command, method, rules)
  if (cache.image > cache.size) return withoutCache('cacheTooSmall', command, method, rules)
  if (cache.missing <= cache.free) return { method }
  return command === 'deploy' || rules.fullCache === 'NONE' ? { refusal: 'noSpace' } : { method, makeRoom: rules.fullCache }
}

/** As `decideMethod`. @throws ClonaulaError `noCache` · `noSpace`, with what is needed and what there is */
export function chooseMethod(request: MethodRequest): MethodUse {
  const decision = decideMethod(request)
  if (!('refusal' in decision)) return decision
  const { method, cache } = request
  const room = cache && { needed: cache.missing, available: cache.image > cache.size ? cache.size : cache.free }
  throw new ClonaulaError(decision.refusal, `no restore by ${method}`, room)
}

function withoutCache(reason: ChangeReason, command: MethodRequest['command'], method: RestoreMethod, { noCache }: EngineRules): MethodDecision {
  const refusal = reason === 'noCache' ? 'noCache' : 'noSpace'
  if (command === 'deploy') return { refusal }
  switch (noCache) {
    case 'NONE':
      return { refusal }
    case 'UNICAST':
      return { method: 'UNICAST-DIRECT', changed: reason }
    case 'MULTICAST':
      return { method: method === 'MULTICAST-CACHE' ? 'MULTICAST-DIRECT' : 'UNICAST-DIRECT', changed: reason }
    default:
      return assertNever(noCache)
  }
}
