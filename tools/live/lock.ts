import { readFile, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { Suite } from './apt.ts'

const Pin = z.strictObject({ version: z.string().min(1), sha256: z.string().regex(/^[0-9a-f]{64}$/) })
const Pins = z.record(z.string().regex(/^[a-z0-9][a-z0-9+.-]+$/), Pin)
const Lock = z.strictObject({ bookworm: Pins, trixie: Pins })

/** Exactly which package: its version, and the SHA-256 of its .deb. */
export type Pin = z.infer<typeof Pin>
/** Pins of one suite by package name. */
export type Pins = z.infer<typeof Pins>
/** `resources/live/packages.lock.json`: every Debian package that anything is taken from. */
export type Lock = z.infer<typeof Lock>

export function parseLock(text: string): Lock {
  return Lock.parse(JSON.parse(text))
}

export async function readLock(file: string): Promise<Lock> {
  return parseLock(await readFile(file, 'utf8'))
}

/** Replaces the pins of one suite and leaves the other's alone. Packages are sorted, so that diffs are small. */
export async function writePins(file: string, suite: Suite, pins: Pins): Promise<void> {
  const lock = await readLock(file).catch((error: NodeJS.ErrnoException): Lock => {
    if (error.code === 'ENOENT') return { bookworm: {}, trixie: {} }
    throw error
  })
  await writeFile(file, `${JSON.stringify({ ...lock, [suite]: sorted(pins) }, null, 2)}\n`)
}

function sorted(pins: Pins): Pins {
  return Object.fromEntries(Object.entries(pins).sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** A pin that the mirror no longer serves as it was; `from` is absent for a new package, `to` for one that is gone. */
export interface MovedPin {
  name: string
  from: string | undefined
  to: string | undefined
}

/** Packages whose version or bytes differ, by name. */
export function movedPins(pinned: Pins, served: Pins): MovedPin[] {
  const names = [...new Set([...Object.keys(pinned), ...Object.keys(served)])].sort()
  return names
    .filter((name) => pinned[name]?.version !== served[name]?.version || pinned[name]?.sha256 !== served[name]?.sha256)
    .map((name) => ({ name, from: pinned[name]?.version, to: served[name]?.version }))
}

/** One line for a person: `pin moved: kmod 30-1 → 30-2`. */
export function describeMove({ name, from, to }: MovedPin): string {
  if (from === undefined) return `pin new: ${name} ${to}`
  if (to === undefined) return `pin gone: ${name} ${from}`
  return from === to ? `pin changed: ${name} ${from} has other bytes` : `pin moved: ${name} ${from} → ${to}`
}
