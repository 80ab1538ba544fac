import { describe, expect, test } from 'vitest'
import { chooseMethod, decideMethod, FullCacheRule, NoCacheRule, type CacheRoom, type MethodDecision, type MethodRequest } from './automatic-change.ts'
import { RestoreMethod } from './method.ts'

const GIB = 1024 ** 3
const CACHES = {
  none: undefined,
  'has it': { size: 10 * GIB, free: 0, missing: 0, image: 4 * GIB },
  'has part': { size: 10 * GIB, free: 2 * GIB, missing: GIB, image: 4 * GIB },
  'has room': { size: 10 * GIB, free: 4 * GIB, missing: 4 * GIB, image: 4 * GIB },
  full: { size: 10 * GIB, free: 4 * GIB - 1, missing: 4 * GIB, image: 4 * GIB },
  'too small': { size: 4 * GIB - 1, free: GIB, missing: 4 * GIB, image: 4 * GIB },
} as const satisfies Record<string, CacheRoom | undefined>

type CacheState = keyof typeof CACHES
const STATES = Object.keys(CACHES) as CacheState[]

/**
 * The whole table for Restaurar. A row is a method and the state of the CACHE; its columns are what the two rules
 * say. `·` is the method that was asked for; `15` and `16` are refusals; `+` is followed by what makes room.
 */
const NO_CACHE = {
  //                   NONE  UNICAST           MULTICAST
  'UNICAST-CACHE':   ['15', 'UNICAST-DIRECT', 'UNICAST-DIRECT'],
  'MULTICAST-CACHE': ['15', 'UNICAST-DIRECT', 'MULTICAST-DIRECT'],
  'TORRENT-CACHE':   ['15', 'UNICAST-DIRECT', 'UNICAST-DIRECT'],
} as const

function expected(method: RestoreMethod, state: CacheState, noCache: NoCacheRule, fullCache: FullCacheRule): string {
  if (method === 'UNICAST-DIRECT' || method === 'MULTICAST-DIRECT') return '·'
  const byRule = NO_CACHE[method][NoCacheRule.options.indexOf(noCache)] ?? ''
  const table: Record<CacheState, string> = {
    none: byRule,
    'too small': byRule === '15' ? '16' : byRule,
    'has it': '· cached',
    'has part': '·',
    'has room': '·',
    full: { NONE: '16', FORMAT: '· +FORMAT', DELETE: '· +DELETE' }[fullCache],
  }
  return table[state]
}

function brief(decision: MethodDecision, asked: RestoreMethod): string {
  if ('refusal' in decision) return decision.refusal === 'noCache' ? '15' : '16'
  const { method, cached, makeRoom } = decision
  return [method === asked ? '·' : method, cached && 'cached', makeRoom && `+${makeRoom}`].filter(Boolean).join(' ')
}

const decide = (request: Omit<MethodRequest, 'cache'>, state: CacheState): MethodDecision =>
  decideMethod({ ...request, cache: CACHES[state] })

const ROWS = RestoreMethod.options.flatMap((method) => STATES.map((state) => ({ method, state })))
const RULES = NoCacheRule.options.flatMap((noCache) => FullCacheRule.options.map((fullCache) => ({ noCache, fullCache })))

describe('decideMethod for Restaurar', () => {
  test('has a row for every case', () => {
    expect(ROWS.length * RULES.length).toBe(5 * 6 * 3 * 3)
  })

  test.each(ROWS)('$method, CACHE: $state', ({ method, state }) => {
    const decisions = RULES.map((rules) => ({ ...rules, does: brief(decide({ command: 'restore', method, rules }, state), method) }))
    expect(decisions).toEqual(RULES.map((rules) => ({ ...rules, does: expected(method, state, rules.noCache, rules.fullCache) })))
  })

  test('says why it changed', () => {
    const request = { command: 'restore', method: 'TORRENT-CACHE', rules: { noCache: 'UNICAST', fullCache: 'NONE' } } as const
    expect(decide(request, 'none')).toEqual({ method: 'UNICAST-DIRECT', changed: 'noCache' })
    expect(decide(request, 'too small')).toEqual({ method: 'UNICAST-DIRECT', changed: 'cacheTooSmall' })
  })

  test('35 computers, 2 without a CACHE, Torrent-CACHE: 33 by torrent, 2 straight from the repository', () => {
    const states: CacheState[] = [...Array.from({ length: 33 }, () => 'has room' as const), 'none', 'none']
    const methods = states.map((state) =>
      decide({ command: 'restore', method: 'TORRENT-CACHE', rules: { noCache: 'UNICAST', fullCache: 'NONE' } }, state))
    expect(methods.filter((decision) => 'method' in decision && decision.method === 'TORRENT-CACHE')).toHaveLength(33)
    expect(methods.filter((decision) => 'method' in decision && decision.method === 'UNICAST-DIRECT')).toHaveLength(2)
  })
})

describe('decideMethod for a deployment', () => {
  const TABLE: Record<CacheState, string> = {
    none: '15', 'too small': '16', 'has it': '· cached', 'has part': '·', 'has room': '·', full: '16',
  }

  test.each(ROWS)('$method, CACHE: $state: never changes, whatever the rules', ({ method, state }) => {
    const does = new Set(RULES.map((rules) => brief(decide({ command: 'deploy', method, rules }, state), method)))
    expect([...does]).toEqual([method.endsWith('-DIRECT') ? '·' : TABLE[state]])
  })
})

describe('chooseMethod', () => {
  const request = { command: 'restore', method: 'UNICAST-CACHE', rules: { noCache: 'NONE', fullCache: 'NONE' } } as const

  test.each<[CacheState, object]>([
    ['none', { result: 'noCache' }],
    ['full', { result: 'noSpace', params: { needed: 4 * GIB, available: 4 * GIB - 1 } }],
    ['too small', { result: 'noSpace', params: { needed: 4 * GIB, available: CACHES['too small'].size } }],
  ])('CACHE: %s: refuses with what is needed and what there is', (state, refusal) => {
    expect(() => chooseMethod({ ...request, cache: CACHES[state] })).toThrow(expect.objectContaining(refusal))
  })
})
