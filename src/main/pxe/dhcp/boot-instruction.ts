import type { MacAddress } from '#shared/domain/ids.ts'
import { architectureName, loaderFor } from '../architectures.ts'
import type { BootClient, BootPolicy } from '../policy.ts'

/** What a client is told to fetch. */
export type BootInstruction =
  | { kind: 'tftp'; file: string }
  /** UEFI HTTP boot: the firmware fetches its loader from a URL. */
  | { kind: 'http'; url: string }
  /** For iPXE, which runs already: its script. */
  | { kind: 'script'; url: string }

export interface BootRefusal {
  kind: 'refused'
  reason: 'ignored-by-policy' | 'unknown-architecture'
  detail: string
}

/** Where the boot HTTP service is, without a slash at the end: `http://10.77.0.1:8080`. */
export type HttpBase = string

/** Path, in the boot tree, of a computer's own iPXE script. */
export function ipxeScriptPath(mac: MacAddress): string {
  return `boot/${mac}/script.ipxe`
}

export function instruct(client: BootClient, policy: BootPolicy, httpBase: HttpBase): BootInstruction | BootRefusal {
  const choice = policy.decide(client)
  if (choice.action === 'ignore') return { kind: 'refused', reason: 'ignored-by-policy', detail: choice.reason }
  if (client.stage === 'ipxe') return { kind: 'script', url: `${httpBase}/${ipxeScriptPath(client.mac)}` }
  const loader = loaderFor(client.architectures, choice.loader)
  if (loader === undefined) {
    const names = client.architectures.map(architectureName).join(', ')
    return { kind: 'refused', reason: 'unknown-architecture', detail: names === '' ? 'none given' : names }
  }
  return loader.transport === 'tftp'
    ? { kind: 'tftp', file: loader.file }
    : { kind: 'http', url: `${httpBase}/${loader.file}` }
}
