/** What the calls need from outside the inventory and the operations; core.ts wires it. */
import type { BootTimelineView, ConsoleView, ServiceView } from '#shared/contract/views.ts'
import type { EngineRules } from '#shared/domain/automatic-change.ts'
import type { Finding } from '#shared/domain/finding.ts'
import type { MacAddress } from '#shared/domain/ids.ts'
import type { TransferLimits } from '#shared/domain/transfer-limits.ts'
import type { Language } from '#shared/i18n/index.ts'
import type { Users } from '../web/users.ts'

export interface CallDependencies {
  info: () => ConsoleView
  setLanguage: (language: Language) => void
  setEngine: (rules: EngineRules) => void
  setTransfers: (limits: TransferLimits) => void
  users: Pick<Users, 'list' | 'set' | 'remove'>
  /** Never rejects: the view says how it went. */
  restartService: (name: ServiceView['name']) => Promise<ServiceView[]>
  /** Who else answers on the classroom's network, and what is wrong with the link to it; `long`: also whether multicast lasts. */
  examineNetwork: (long: boolean) => Promise<Finding[]>
  /** The steps of a computer's last boot, and where it stopped. */
  timeline: (mac: MacAddress) => BootTimelineView
  /** Sends Wake on LAN to every one of them. */
  wake: (macs: readonly MacAddress[]) => Promise<void>
}
