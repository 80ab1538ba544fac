/** The console's settings: `settings.json` of the data folder, with what the command line says on top. */
import { existsSync, readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { z } from 'zod'
import { EngineRules } from '#shared/domain/automatic-change.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { TransferLimits } from '#shared/domain/transfer-limits.ts'
import { Language } from '#shared/i18n/index.ts'
import { LOG_LEVELS } from './log.ts'
import { writePrivateFile } from './private-file.ts'

const Port = z.number().int().min(0).max(65_535)

/** Where the web console listens: `127.0.0.1:7480`, `[::1]:7480`, `unix:/path`, or `off`. */
export const WebListen = z.string().superRefine((text, context) => {
  if (parseWebListen(text) === undefined) {
    context.addIssue({ code: 'custom', message: 'expected ADDRESS:PORT, unix:/absolute/path or off' })
  }
})

export type WebAddress = { kind: 'off' } | { kind: 'unix'; path: string } | { kind: 'tcp'; host: string; port: number }

/** Undefined when the text is none of the three forms. */
export function parseWebListen(text: string): WebAddress | undefined {
  if (text === 'off') return { kind: 'off' }
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length)
    return isAbsolute(path) ? { kind: 'unix', path } : undefined
  }
  const [, host, digits] = /^(\[[0-9a-fA-F:]+\]|[0-9.]+|localhost):(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (!host || port > 65_535) return undefined
  return { kind: 'tcp', host: host.replaceAll(/[[\]]/g, ''), port }
}

export const DhcpMode = z.enum(['proxy', 'full', 'off'])
export type DhcpMode = z.infer<typeof DhcpMode>

/** Addresses that a full DHCP server hands out; the router and DNS servers are optional in a closed room. */
const Pool = z.strictObject({
  first: z.ipv4(),
  last: z.ipv4(),
  router: z.ipv4().optional(),
  dns: z.array(z.ipv4()).max(4).default([]),
  /** Seconds. */
  lease: z.number().int().min(60).max(604_800).default(3600),
})
export type Pool = z.infer<typeof Pool>

export const Settings = z.strictObject({
  language: Language.default('es'),
  /** The console's address towards the classroom; without it, that of `interface`, or of the only wired card. */
  address: z.ipv4().optional(),
  interface: z.string().min(1).max(64).optional(),
  ports: z
    .strictObject({
      /** Agents' WebSocket (TLS). */
      agents: Port.default(7443),
      /** Boot scripts, live system and images (HTTP). */
      http: Port.default(7400),
      dhcp: Port.default(67),
      /** ProxyDHCP's second port, for firmware that asks there (PXE 2.1). */
      proxy: Port.default(4011),
      tftp: Port.default(69),
      /** Computers that fetch images from this console by BitTorrent. */
      peers: Port.default(6881),
    })
    .prefault({}),
  dhcp: z
    .strictObject({ mode: DhcpMode.default('proxy'), pool: Pool.optional() })
    .prefault({})
    .refine(({ mode, pool }) => mode !== 'full' || pool, { path: ['pool'], message: 'needed when mode is full' }),
  /** The automatic change of method of Restaurar. */
  engine: EngineRules.prefault({}),
  /** How much of the network images may take. */
  transfers: TransferLimits.prefault({}),
  web: z
    .strictObject({
      listen: WebListen.default('127.0.0.1:7480'),
      /** Further names under which browsers may ask for this console, e.g. behind a proxy. */
      names: z.array(z.string().min(1).max(253)).max(16).default([]),
    })
    .prefault({}),
  /** Folder of the network boot loaders; by default the one that belongs to this program. */
  bootFiles: z.string().min(1).optional(),
  /** Folder of the live system. */
  liveFiles: z.string().min(1).optional(),
  logLevel: z.enum(LOG_LEVELS).default('info'),
})
export type Settings = z.infer<typeof Settings>

/** What the command line may say; each wins over the file. */
export interface SettingFlags {
  language?: string | undefined
  address?: string | undefined
  dhcp?: string | undefined
  web?: string | undefined
  /** Mbit/s. */
  unicastSpeed?: number | undefined
  unicastClients?: number | undefined
  bootFiles?: string | undefined
  liveFiles?: string | undefined
  logLevel?: string | undefined
}

const FILE = 'settings.json'
const Json = z.record(z.string(), z.unknown())

function invalid(source: string, problem: string): ClonaulaError {
  return new ClonaulaError('invalidRequest', `${source}: ${problem}`, { problem: `${source}: ${problem}` })
}

function readFile(folder: string): Record<string, unknown> {
  const path = join(folder, FILE)
  if (!existsSync(path)) return {}
  try {
    return Json.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    throw invalid(path, error instanceof SyntaxError ? error.message : 'expected an object')
  }
}

/** `ports.http: expected number…`; unknown keys are named too. */
function describe(issue: z.core.$ZodIssue): string {
  const path = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    return `unknown setting ${issue.keys.map((key) => (path ? `${path}.${key}` : key)).join(', ')}`
  }
  return `${path}: ${issue.message}`
}

function part(file: Record<string, unknown>, key: string): Record<string, unknown> {
  return Json.safeParse(file[key]).data ?? {}
}

/** The file with the flags on top; a flag that was not given changes nothing. */
function overlay(file: Record<string, unknown>, flags: SettingFlags): Record<string, unknown> {
  const { dhcp, web, unicastSpeed, unicastClients, ...plain } = flags
  const given = onlyGiven(plain)
  const limits = onlyGiven({ unicastSpeed, unicastClients })
  return {
    ...file,
    ...given,
    ...(dhcp === undefined ? {} : { dhcp: { ...part(file, 'dhcp'), mode: dhcp } }),
    ...(web === undefined ? {} : { web: { ...part(file, 'web'), listen: web } }),
    ...(Object.keys(limits).length === 0 ? {} : { transfers: { ...part(file, 'transfers'), ...limits } }),
  }
}

function onlyGiven(flags: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined))
}

/**
 * Settings of a data folder.
 * @throws ClonaulaError `invalidRequest`, with the key that is wrong or unknown in its `problem`
 */
export function loadSettings(folder: string, flags: SettingFlags = {}): Settings {
  const parsed = Settings.safeParse(overlay(readFile(folder), flags))
  if (parsed.success) return parsed.data
  throw invalid('settings', parsed.error.issues.map(describe).join('; '))
}

/** Keeps settings for the next starts; what else the file says stays as it is. @throws ClonaulaError `invalidRequest` */
export function saveSettings(folder: string, changed: Partial<Pick<Settings, 'language' | 'engine' | 'transfers'>>): void {
  writePrivateFile(join(folder, FILE), `${JSON.stringify({ ...readFile(folder), ...changed }, null, 2)}\n`)
}
