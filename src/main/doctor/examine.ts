import type { ServiceView } from '#shared/contract/views.ts'
import { diagnose, type ObservedCard, type ObservedOffer, type Observations } from '#shared/domain/diagnose.ts'
import type { Finding } from '#shared/domain/finding.ts'
import type { NetworkCard } from '../platform/network.ts'
import { askDhcp } from './ask-dhcp.ts'
import { observeCard } from './observe-card.ts'

export interface ExamineParts {
  /** The card that serves the classroom, or would. */
  card: () => NetworkCard | undefined
  dhcp: Observations['dhcp']
  services: () => readonly ServiceView[]
  clients: () => Observations['clients']
  /** Has computers listen for a multicast; when it is to be `long`, once more some minutes later. */
  probe?: (long: boolean) => Promise<Observations['multicast']>
  observe?: (card: NetworkCard) => Promise<ObservedCard>
  ask?: (card: NetworkCard) => Promise<ObservedOffer[] | undefined>
}

/** Looks at the console's own link, services and network, a few seconds or, if `long`, five minutes; whoever asks meanwhile gets the same answer. */
export function createExamination(parts: ExamineParts): (long: boolean) => Promise<Finding[]> {
  const { observe = observeCard, ask = askDhcp } = parts
  const running = new Map<boolean, Promise<Finding[]>>()

  async function examine(long: boolean): Promise<Finding[]> {
    const card = parts.card()
    const [observed, offers, multicast] = await Promise.all([card && observe(card), card && ask(card), card && parts.probe?.(long)])
    return diagnose({
      card: observed, offers, dhcp: parts.dhcp, services: parts.services(), clients: parts.clients(), ...(multicast && { multicast }),
    })
  }

  return (long) => {
    const found = running.get(long) ?? examine(long).finally(() => running.delete(long))
    running.set(long, found)
    return found
  }
}
