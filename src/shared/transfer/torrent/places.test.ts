import { describe, expect, test } from 'vitest'
import { findPlace, type PlaceRules } from './places.ts'

interface Occupant { host: string; came: number }

/** Who has come from these addresses, one after the other. */
const from = (...hosts: string[]): Occupant[] => hosts.map((host, came) => ({ host, came }))
const rules = (changes: Partial<PlaceRules> = {}): PlaceRules => ({ places: 6, perAddress: 3, isMember: (host) => host.startsWith('member'), ...changes })

describe('findPlace', () => {
  test('whoever comes has a free one, up to those of an address', () => {
    expect(findPlace('a', [], rules())).toEqual({ insteadOf: undefined })
    expect(findPlace('a', from('a', 'a'), rules())).toEqual({ insteadOf: undefined })
    expect(findPlace('a', from('a', 'a', 'a'), rules())).toBeUndefined()
    expect(findPlace('member', from('member', 'member', 'member'), rules())).toBeUndefined()
  })

  test('an address that has most gives way to one that has less, with who came last', () => {
    const full = from('a', 'b', 'b', 'b', 'a', 'c')
    expect(findPlace('d', full, rules())).toEqual({ insteadOf: { host: 'b', came: 3 } })
    expect(findPlace('c', full, rules())).toEqual({ insteadOf: { host: 'b', came: 3 } })
    expect(findPlace('a', full, rules())).toBeUndefined()
  })

  test('nobody gives way to who would then have as many, nor is thrown out in turns', () => {
    expect(findPlace('g', from('a', 'b', 'c', 'd', 'e', 'f'), rules())).toBeUndefined()
    expect(findPlace('c', from('a', 'a', 'b', 'b', 'c', 'd'), rules())).toBeUndefined()
  })

  test('strangers give way to members, however many addresses they have', () => {
    const full = from('member1', 'a', 'b', 'c', 'd', 'e')
    expect(findPlace('member2', full, rules())).toEqual({ insteadOf: { host: 'e', came: 5 } })
    expect(findPlace('member1', full, rules())).toEqual({ insteadOf: { host: 'e', came: 5 } })
    expect(findPlace('f', full, rules())).toBeUndefined()
  })

  test('members give way to members alone', () => {
    const full = from('member1', 'member1', 'member1', 'member2', 'member3', 'member4')
    expect(findPlace('a', full, rules())).toBeUndefined()
    expect(findPlace('member5', full, rules())).toEqual({ insteadOf: { host: 'member1', came: 2 } })
  })

  test('ten addresses that take eighty places leave one to each of a class', () => {
    const strangers = Array.from({ length: 10 }, (_, number) => Array.from({ length: 8 }, () => `stranger${number}`)).flat()
    let occupants = from(...strangers)
    for (let number = 0; number < 70; number += 1) {
      const place = findPlace(`pc${number}`, occupants, rules({ places: 80, perAddress: 8, isMember: () => false }))
      expect(place?.insteadOf?.host).toMatch('stranger')
      occupants = [...occupants.filter((occupant) => occupant !== place?.insteadOf), { host: `pc${number}`, came: 80 + number }]
    }
    expect(occupants).toHaveLength(80)
  })
})
