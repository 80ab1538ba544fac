import { BootPhase, type BootEvent } from '#shared/domain/computer.ts'
import { MacAddress } from '#shared/domain/ids.ts'
import { architectureName } from './architectures.ts'
import { LIVE_FILES, LOADER_FILES, PHASE_PATH } from './boot-files.ts'
import { BoundedMap } from './bounded-map.ts'
import type { Outcome } from './dhcp/responder.ts'
import { addressOf } from './dhcp/request.ts'
import type { FileEvent } from './tree/file-event.ts'

/** More computers than any console boots at once; entries are two short strings. */
const DIRECTORY_SIZE = 4096

const PHASE_BY_FILE: ReadonlyMap<string, BootPhase> = new Map<string, BootPhase>([
  ...LOADER_FILES.map((file): [string, BootPhase] => [file, 'loader']),
  [LIVE_FILES.kernel, 'kernel'],
  [LIVE_FILES.initrd, 'initrd'],
  [LIVE_FILES.root, 'root'],
])

/**
 * Turns what the boot services see into the phases of one computer's boot. TFTP and HTTP know clients by
 * IP address only; the DHCP messages that pass, addressed to us or not, tell whose it is.
 */
export class PhaseObserver {
  readonly #macByAddress = new BoundedMap<string, MacAddress>(DIRECTORY_SIZE)

  /** Undefined when the message says nothing about a boot. */
  fromDhcp({ request, decision }: Outcome, now: number): BootEvent | undefined {
    if (request === undefined) return undefined
    const address = addressOf(request)
    if (request.packet.options.messageType === 'request' && address !== undefined) {
      this.#macByAddress.set(address, request.mac)
    }
    if (request.boot === undefined) return undefined
    const told = describeDecision(decision)
    if (told === undefined) return undefined
    const { architectures, stage } = request.boot
    const about = { mac: request.mac, at: now }
    // iPXE asks by DHCP once more, when it has been loaded already.
    if (stage === 'ipxe') return { ...about, phase: 'loader', detail: `iPXE → ${told}` }
    return { ...about, phase: 'dhcp', detail: clip(`${architectures.map(architectureName).join(', ')} → ${told}`) }
  }

  fromFile(event: FileEvent, now: number): BootEvent | undefined {
    if (event.kind !== 'started') return undefined
    const { path, requester: { address, protocol, query } } = event
    const mac = this.#macOf(path, query, address)
    const phase = phaseOf(path, query)
    if (mac === undefined || phase === undefined) return undefined
    this.#macByAddress.set(address, mac)
    const detail = path === PHASE_PATH ? 'reported by the live system' : clip(`${protocol} ${path}`)
    return { mac, phase, detail, at: now }
  }

  #macOf(path: string, query: URLSearchParams, address: string): MacAddress | undefined {
    const named = path === PHASE_PATH ? query.get('mac') : path.split('/')[1]
    const parsed = MacAddress.safeParse(named)
    return parsed.success ? parsed.data : this.#macByAddress.get(address)
  }
}

/** What happened to a client that wants to boot; undefined: nothing that it would notice. */
function describeDecision(decision: Outcome['decision']): string | undefined {
  switch (decision.action) {
    case 'offer':
    case 'ack': {
      const { boot } = decision
      if (boot === undefined) return undefined
      if (boot.kind === 'refused') return `${boot.reason}: ${boot.detail}`
      return boot.kind === 'tftp' ? boot.file : boot.url
    }
    case 'drop':
      return decision.reason === 'unknown-architecture' || decision.reason === 'ignored-by-policy' || decision.reason === 'pool-exhausted'
        ? `${decision.reason}: ${decision.detail}`
        : undefined
    case 'nak':
      return decision.message
    default:
      return undefined
  }
}

function phaseOf(path: string, query: URLSearchParams): BootPhase | undefined {
  if (path === PHASE_PATH) return BootPhase.safeParse(query.get('phase')).data
  if (path.startsWith('boot/') || path.startsWith('grub/')) return 'menu'
  return PHASE_BY_FILE.get(path)
}

/** BootEvent's own limit. */
function clip(detail: string): string {
  return detail.slice(0, 200)
}
