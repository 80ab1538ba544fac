export interface PlaceRules {
  /** Connections in all, and with one address. */
  places: number
  perAddress: number
  /** Whether somebody at this address is known to belong here; all others are strangers. */
  isMember: (host: string) => boolean
}

/**
 * Whether there is a place for somebody who comes from an address, and who gives way to him when all are taken. Strangers give way
 * to members, and among equals who has come last from the address that has most to one that would still have fewer: whoever
 * takes many places loses them to those who have none.
 * @param occupants in the order in which they came
 * @returns undefined: there is none
 */
export function findPlace<Occupant extends { host: string }>(
  host: string, occupants: readonly Occupant[], { places, perAddress, isMember }: PlaceRules,
): { insteadOf: Occupant | undefined } | undefined {
  const held = new Map<string, number>()
  for (const occupant of occupants) held.set(occupant.host, heldBy(occupant.host) + 1)
  if (heldBy(host) >= perAddress) return undefined
  if (occupants.length < places) return { insteadOf: undefined }
  const strangers = occupants.filter((occupant) => !isMember(occupant.host))
  const last = mostCrowded(strangers.length === 0 && isMember(host) ? occupants : strangers)
  if (!last) return undefined
  const goesFirst = isMember(host) && !isMember(last.host)
  return goesFirst || heldBy(last.host) > heldBy(host) + 1 ? { insteadOf: last } : undefined

  function heldBy(of: string): number {
    return held.get(of) ?? 0
  }

  function mostCrowded(among: readonly Occupant[]): Occupant | undefined {
    return among.reduce<Occupant | undefined>((most, each) => most && heldBy(most.host) > heldBy(each.host) ? most : each, undefined)
  }
}
