/** What the calls need from outside the inventory and the operations; core.ts wires it. */
import type { BootTimelineView, ConsoleView, ServiceView } from '#shared/contract/views.ts'
import type { MacAddress } from '#shared/domain/ids.ts'

export interface CallDependencies {
  info: () => ConsoleView
  /** Never rejects: the view says how it went. */
  restartService: (name: ServiceView['name']) => Promise<ServiceView[]>
  /** The steps of a computer's last boot, and where it stopped. */
  timeline: (mac: MacAddress) => BootTimelineView
  /** Sends Wake on LAN to every one of them. */
  wake: (macs: readonly MacAddress[]) => Promise<void>
}
