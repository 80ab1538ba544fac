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
  /** Has computers listen for a multicast. */
  probe?: () => Promise<Observations['multicast']>
  observe?: (card: NetworkCard) => Promise<ObservedCard>
  ask?: (card: NetworkCard) => Promise<ObservedOffer[] | undefined>
}

/** Looks at the console's own link, services and network, a few seconds long; whoever asks meanwhile gets the same answer. */
export function createExamination(parts: ExamineParts): () => Promise<Finding[]> {
  const { observe = observeCard, ask = askDhcp } = parts
  let running: Promise<Finding[]> | undefined

  async function examine(): Promise<Finding[]> {
    const card = parts.card()
    const [observed, offers, multicast] = await Promise.all([card && observe(card), card && ask(card), card && parts.probe?.()])
    return diagnose({
      card: observed, offers, dhcp: parts.dhcp, services: parts.services(), clients: parts.clients(), ...(multicast && { multicast }),
    })
  }

  return () => {
    running ??= examine().finally(() => {
      running = undefined
    })
    return running
  }
}
