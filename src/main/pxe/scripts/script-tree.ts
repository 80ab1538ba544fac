import { BootPhase } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import type { HttpBase } from '../dhcp/boot-instruction.ts'
import { PHASE_PATH } from '../boot-files.ts'
import type { BootTree, Requester } from '../tree/boot-tree.ts'
import { DynamicTree } from '../tree/dynamic-tree.ts'
import type { BootContext } from './context.ts'
import { grubConfig, grubDispatcher } from './grub.ts'
import { ipxeScript } from './ipxe.ts'

export interface ScriptTreeOptions {
  httpBase: HttpBase
  /**
   * What this computer does at this boot; undefined: it gets no script (404). Called for each fetch: a
   * loader that asks twice gets two tokens.
   */
  contextFor: (mac: MacAddress, requester: Requester) => BootContext | undefined | Promise<BootContext | undefined>
}

/** Debian's netboot GRUB has the prefix `/grub`, and looks there for a file of its platform first. */
const GRUB_DISPATCHERS = /grub\/(?:x86_64-efi\/)?grub\.cfg/

const MAC = '(?<mac>[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5})'

/** The boot scripts, made when they are asked for, and the page that stage 1 reports its phases to. */
export function createScriptTree({ httpBase, contextFor }: ScriptTreeOptions): BootTree {
  const perComputer = (name: string, write: (context: BootContext) => string) => ({
    pattern: new RegExp(`boot/${MAC}/${name}`, 'i'),
    make: async (match: RegExpExecArray, requester: Requester) => {
      const context = await contextFor(MacAddress.parse(match.groups?.['mac']), requester)
      return context === undefined ? undefined : write(context)
    },
  })
  return new DynamicTree([
    perComputer('script\\.ipxe', ipxeScript),
    perComputer('grub\\.cfg', grubConfig),
    { pattern: GRUB_DISPATCHERS, make: () => grubDispatcher(httpBase) },
    { pattern: new RegExp(PHASE_PATH), make: (_match, { query }) => (isPhaseReport(query) ? 'ok\n' : undefined) },
  ])
}

function isPhaseReport(query: URLSearchParams): boolean {
  return BootPhase.safeParse(query.get('phase')).success && MacAddress.safeParse(query.get('mac')).success
}
