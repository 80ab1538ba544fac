import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir } from 'node:fs/promises'
import path from 'node:path'
import { PrivateApt, type ServedPackage, type Suite } from './apt.ts'
import { describeMove, movedPins, type Pin, type Pins } from './lock.ts'
import type { DebianMirror } from './mirror.ts'

/** What to take from a suite. */
export interface PackageRecipe {
  suite: Suite
  /** Taken with everything that they depend on. */
  withDependencies: readonly string[]
  /** Packages of the closure that nothing is taken from (interpreters, maintainer scripts' tools). */
  omit: readonly RegExp[]
  /** Taken alone. */
  alone: readonly string[]
  /** Empty packages of which the first real dependency is taken, alone: `linux-image-amd64` → `linux-image-6.1.0-56-amd64`. */
  behind: readonly string[]
}

/**
 * What to do about pins: `prefer` goes on with the newest packages when a pinned one is no longer served,
 * `strict` refuses to, `update` takes the newest whatever the pins say.
 */
export type PinPolicy = 'prefer' | 'strict' | 'update'

export interface PackageRequest {
  recipe: PackageRecipe
  pins: Pins
  policy: PinPolicy
  /** Keeps apt's state and the .deb files from one build to the next. */
  folder: string
  /** Asked only when something must be downloaded. */
  mirror: () => Promise<DebianMirror>
  log: (line: string) => void
}

export interface Packages {
  /** What the build really uses: the pins, or the newest packages if those moved. */
  pins: Pins
  /** .deb files, each with the SHA-256 of its pin, sorted by package name. */
  debs: string[]
}

/** Brings the pinned packages, from the folder of an earlier build when they are there already. */
export async function bringPackages(request: PackageRequest): Promise<Packages> {
  const { recipe, pins, policy } = request
  const store = path.join(request.folder, 'debs')
  await mkdir(store, { recursive: true })
  if (policy !== 'update' && Object.keys(pins).length > 0) {
    const debs = await findDebs(store, pins)
    if (debs !== undefined) return { pins, debs }
  }
  const apt = await PrivateApt.open(path.join(request.folder, `apt-${recipe.suite}`), recipe.suite, await request.mirror())
  const chosen = policy === 'update' || !(await allServed(apt, pins)) ? await newest(apt, recipe) : pins
  if (policy !== 'update') reportMoves(pins, chosen, request)
  await downloadMissing(apt, chosen, store)
  const debs = await findDebs(store, chosen)
  if (debs === undefined) throw new Error(`${store}: a downloaded package is not the one that its SHA-256 names`)
  return { pins: chosen, debs }
}

function reportMoves(pins: Pins, chosen: Pins, { policy, log }: PackageRequest): void {
  const moves = movedPins(pins, chosen)
  for (const move of moves) log(describeMove(move))
  if (moves.some(({ from, to }) => from === to)) throw new Error('a pinned version has other bytes than its pin: the mirror is not to be trusted')
  if (policy === 'strict' && moves.length > 0) {
    throw new Error(`--strict: ${moves.length} pinned packages are no longer served; --update-pins takes the newest`)
  }
}

async function allServed(apt: PrivateApt, pins: Pins): Promise<boolean> {
  const names = Object.keys(pins)
  if (names.length === 0) return false
  const served = await apt.versions(names)
  return names.every((name) => served.get(name)?.has(pins[name]?.version ?? ''))
}

async function newest(apt: PrivateApt, recipe: PackageRecipe): Promise<Pins> {
  const closure = recipe.withDependencies.length === 0 ? [] : await apt.closure(recipe.withDependencies)
  const names = closure.filter((name) => !recipe.omit.some((pattern) => pattern.test(name)))
  for (const empty of recipe.behind) {
    const [real] = await apt.dependencies(empty)
    if (real === undefined) throw new Error(`${empty} of ${recipe.suite} depends on nothing: no package behind it`)
    names.push(real)
  }
  return toPins(await apt.describe([...names, ...recipe.alone]))
}

function toPins(packages: readonly ServedPackage[]): Pins {
  const entries = packages.map(({ name, version, sha256 }): [string, Pin] => [name, { version, sha256 }])
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

async function downloadMissing(apt: PrivateApt, pins: Pins, store: string): Promise<void> {
  const present = await readdir(store)
  const wanted: string[] = []
  for (const [name, pin] of Object.entries(pins)) {
    if ((await findDeb(store, present, name, pin)) === undefined) wanted.push(`${name}=${pin.version}`)
  }
  if (wanted.length > 0) await apt.download(wanted, store)
}

/** The .deb of each pin, or undefined if any is missing or has other bytes. */
async function findDebs(store: string, pins: Pins): Promise<string[] | undefined> {
  const present = await readdir(store)
  const debs: string[] = []
  for (const [name, pin] of Object.entries(pins)) {
    const deb = await findDeb(store, present, name, pin)
    if (deb === undefined) return undefined
    debs.push(deb)
  }
  return debs
}

async function findDeb(store: string, present: readonly string[], name: string, pin: Pin): Promise<string | undefined> {
  const prefix = `${name}_${pin.version.replaceAll(':', '%3a')}_`
  const file = present.find((candidate) => candidate.startsWith(prefix) && candidate.endsWith('.deb'))
  if (file === undefined) return undefined
  const bytes = await readFile(path.join(store, file))
  return createHash('sha256').update(bytes).digest('hex') === pin.sha256 ? path.join(store, file) : undefined
}
