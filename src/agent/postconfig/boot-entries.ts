import type { Loader } from './loaders.ts'

/** One `Boot####` variable of the firmware. */
export interface BootEntry {
  number: string
  label: string
  /** The device path in efibootmgr's words. */
  path: string
}

export interface BootEntries {
  /** What this start came from: the network, since the live system runs. */
  current: string | undefined
  order: string[]
  entries: BootEntry[]
}

/** What `efibootmgr -v` printed. */
export function parseEfibootmgr(output: string): BootEntries {
  const value = (key: string): string | undefined => new RegExp(`^${key}: (\\S+)`, 'm').exec(output)?.[1]
  const entries = [...output.matchAll(/^Boot([0-9A-Fa-f]{4})\*?\s+([^\t\n]*)(?:\t(.*))?$/gm)].map(
    ([, number = '', label = '', path = '']): BootEntry => ({ number: number.toUpperCase(), label: label.trim(), path: path.trim() }))
  return {
    current: value('BootCurrent')?.toUpperCase(),
    order: value('BootOrder')?.toUpperCase().split(',') ?? [],
    entries,
  }
}

/** The partition that a loader is on. */
export interface EspPlace {
  disk: string
  partition: number
  /** GPT unique GUID, or MBR `diskid-number`. */
  uuid: string
}

/**
 * Entries that have to go before a loader gets its own: those that mean the same loader on this partition, and those that
 * mean it on a partition that this computer does not have (any more).
 * @param known Unique identifiers of every partition of this computer.
 */
export function staleEntries(entries: readonly BootEntry[], loader: Loader, place: EspPlace, known: readonly string[]): BootEntry[] {
  return entries.filter((entry) => {
    const partition = /HD\(\d+,\w+,([^,)]+)/i.exec(entry.path)?.[1]?.toLowerCase()
    if (partition === undefined || !meansFile(entry, loader)) return false
    return partition === place.uuid.toLowerCase() || !known.some((uuid) => uuid.toLowerCase() === partition)
  })
}

function meansFile(entry: BootEntry, loader: Loader): boolean {
  const file = loader.path.replaceAll('/', '\\').toLowerCase()
  return entry.label === loader.label || entry.path.toLowerCase().includes(`\\${file}`)
}

export function createCommand(loader: Loader, place: EspPlace): [string, ...string[]] {
  return [
    'efibootmgr', '--quiet', '--create-only', '--disk', place.disk, '--part', String(place.partition),
    '--label', loader.label, '--loader', `\\${loader.path.replaceAll('/', '\\')}`,
  ]
}

/**
 * The order for the next starts: the network first, so that the console goes on deciding what this computer does; then
 * the restored systems; then what was there before.
 * @param restored Entries of the restored systems, best first.
 */
export function bootOrder({ current, order, entries }: BootEntries, restored: readonly string[]): string[] {
  const existing = new Set(entries.map(({ number }) => number))
  const network = entries.filter(isNetwork).map(({ number }) => number)
  const byOrder = [...order, ...existing].filter((number) => network.includes(number))
  const wanted = [...(current !== undefined && network.includes(current) ? [current] : []), ...byOrder, ...restored, ...order]
  return [...new Set(wanted)].filter((number) => existing.has(number))
}

/** Firmware names them as it likes; a MAC or IP node in the device path is what UEFI 2.10, 10.3.4 says. */
function isNetwork({ path, label }: BootEntry): boolean {
  return /MAC\(|IPv[46]\(|Uri\(/.test(path) || /\b(PXE|IPv[46]|Network|LAN)\b/i.test(label)
}
