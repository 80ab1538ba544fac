import { parseArgs } from 'node:util'
import { Secret } from '#shared/contract/agent.ts'
import { MacAddress, Sha256Hex } from '#shared/domain/ids.ts'
import type { ConsoleAddress } from '../connection/pinned-socket.ts'

/** How this agent was told to start. */
export interface Parameters {
  console: ConsoleAddress
  token: string | undefined
  /** Absent: the card that the live system came by (`ownCard`). */
  mac: MacAddress | undefined
  /** These devices are all of this computer's disks; none: those that it has. */
  disks: string[]
  /** Folder for the session and for mount points. */
  state: string
  /** Booted by its kernel command line: the computer is the agent's alone, its screen too. */
  booted: boolean
}

const DEFAULT_STATE = '/run/clonaula'

/** @throws Error that says which parameter is missing or wrong */
export function parseArguments(args: readonly string[]): Parameters {
  const { values } = parseArgs({
    args: [...args],
    options: {
      console: { type: 'string' },
      key: { type: 'string' },
      token: { type: 'string' },
      mac: { type: 'string' },
      disks: { type: 'string' },
      state: { type: 'string' },
    },
  })
  return {
    console: consoleAddress(values.console, values.key),
    token: values.token === undefined ? undefined : secret(values.token),
    mac: values.mac === undefined ? undefined : macAddress(values.mac),
    disks: values.disks?.split(',').filter((device) => device !== '') ?? [],
    state: values.state ?? DEFAULT_STATE,
    booted: false,
  }
}

/**
 * Parameters on the kernel command line: `clonaula.console=wss://10.0.0.1:8443 clonaula.key=… clonaula.token=…
 * BOOTIF=01-52-54-00-77-00-01` (PXELINUX's way to name the card: hardware type, then its address).
 * @throws Error that says which one is missing or wrong
 */
export function parseCommandLine(text: string): Parameters {
  const words = text.trim().split(/\s+/).map((word) => {
    const at = word.indexOf('=')
    return at < 0 ? ([word, ''] as const) : ([word.slice(0, at), word.slice(at + 1)] as const)
  })
  const values = new Map(words)
  const token = values.get('clonaula.token')
  const bootif = values.get('BOOTIF')
  return {
    console: consoleAddress(values.get('clonaula.console'), values.get('clonaula.key')),
    token: token === undefined ? undefined : secret(token),
    mac: bootif === undefined ? undefined : macAddress(bootif.replace(/^01-/, '')),
    disks: [],
    state: DEFAULT_STATE,
    booted: true,
  }
}

function consoleAddress(url: string | undefined, key: string | undefined): ConsoleAddress {
  const parsed = URL.parse(url ?? '')
  if (parsed?.protocol !== 'wss:' || parsed.port === '') throw new Error(`console: wss://ADDRESS:PORT expected, not "${url ?? ''}"`)
  const pin = Sha256Hex.safeParse(key?.toLowerCase())
  if (!pin.success) throw new Error('key: the SHA-256 of the console’s certificate expected, 64 hexadecimal digits')
  return { host: parsed.hostname.replaceAll(/[[\]]/g, ''), port: Number(parsed.port), key: pin.data }
}

function secret(text: string): string {
  const parsed = Secret.safeParse(text)
  if (!parsed.success) throw new Error('token: 43 characters of base64url expected')
  return parsed.data
}

function macAddress(text: string): MacAddress {
  const parsed = MacAddress.safeParse(text)
  if (!parsed.success) throw new Error(`mac: aa:bb:cc:dd:ee:ff expected, not "${text}"`)
  return parsed.data
}
