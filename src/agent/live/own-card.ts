import type { Hardware } from '#shared/domain/computer.ts'
import type { MacAddress } from '#shared/domain/ids.ts'

type Card = Pick<Hardware['interfaces'][number], 'name' | 'mac' | 'ip'>

/**
 * Which card this computer is known by when its boot loader did not say (no BOOTIF).
 * @param inUse name of the one that the live system came by, as it wrote it down
 * @throws Error when there is none
 */
export function ownCard(cards: readonly Card[], inUse: string | undefined): MacAddress {
  const card = cards.find(({ name }) => name === inUse) ?? cards.find(({ ip }) => ip !== '') ?? cards[0]
  if (card === undefined) throw new Error('this computer has no network card; name its address with --mac')
  return card.mac
}
