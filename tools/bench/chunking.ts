/**
 * `node tools/bench/chunking.ts [--data FOLDER] [--only CELL,…]`: what the ways to cut, group and compress cost and give, on the two
 * Debian systems of `bench:image`. Captures the first machine and then the second into a store that keeps only the ends of packs, and
 * prints a line of docs/decisions/004-chunk-size.md for each way. Processor time is that of this process, all threads.
 */
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { captureVolumes, type CaptureResult } from '#image/capture.ts'
import { readManifest } from '#image/codecs.ts'
import { planFetches } from '#image/fetch-plan.ts'
import { PACKING, type Packing } from '#image/packing.ts'
import type { ChunkStore } from '#image/store.ts'
import { totalLength } from '#image/extents.ts'
import { usedMap } from '#image/used-map/used-map.ts'
import type { ChunkTable } from '#shared/formats/chunk-table.ts'
import { toHex } from '#shared/formats/digest.ts'
import { installedMachine } from './data/debian.ts'
import { withMount } from './data/mounted.ts'
import { copyVolume } from './data/volume.ts'
import { PackEnds } from './pack-ends.ts'
import { table } from './report.ts'
import { CHANGED, overwriteFiles } from './steps/redeploy.ts'

/** Blocks of a chunk at least, and the divisor. */
const CUTS = { '16K': [1, 4], '32K': [2, 7], '64K': [4, 13], '128K': [8, 25], '256K': [16, 49] } as const
const BLOBS = { '128K': 128 * 1024, '256K': 256 * 1024, '512K': 512 * 1024, '1M': 1024 * 1024, '2M': 2048 * 1024 } as const
const LEVELS = [1, 2, 3, 4, 6] as const

interface Cell {
  name: string
  packing: Packing
}

const cut = (name: keyof typeof CUTS): Pick<Packing, 'leastBlocks' | 'divisor'> => ({ leastBlocks: CUTS[name][0], divisor: CUTS[name][1] })
const keysOf = <T extends object>(values: T): (keyof T & string)[] => Object.keys(values) as (keyof T & string)[]

/** One thing varied at a time, and what is best for a redeploy. */
const CELLS: Cell[] = [
  ...keysOf(CUTS).map((name) => ({ name: `${name}/512K/3`, packing: { ...PACKING, blobBytes: BLOBS['512K'], level: 3, ...cut(name) } })),
  ...keysOf(BLOBS).map((name) => ({ name: `64K/${name}/3`, packing: { ...cut('64K'), blobBytes: BLOBS[name], level: 3 } })),
  ...(['256K', '128K'] as const).map((name) => ({ name: `32K/${name}/3`, packing: { ...cut('32K'), blobBytes: BLOBS[name], level: 3 } })),
  ...LEVELS.map((level) => ({ name: `64K/512K/${level}`, packing: { ...cut('64K'), blobBytes: BLOBS['512K'], level } })),
].filter(({ name }, at, all) => all.findIndex((cell) => cell.name === name) === at)

const { values } = parseArgs({
  options: { data: { type: 'string', default: resolve(import.meta.dirname, '../../.cache/bench') }, only: { type: 'string' } },
})
const machines = { first: join(values.data, 'first.img'), second: join(values.data, 'second.img') }
const { signal } = new AbortController()
await installedMachine('first', machines.first, signal)
await installedMachine('second', machines.second, signal)
const totalUsed = totalLength((await usedMap({ path: machines.first, filesystem: 'ext4' }, { signal })).extents)
const changed = await changedCopy(machines.first, join(values.data, 'chunking-changed.img'))

const rows: string[][] = []
for (const { name, packing } of CELLS.filter((cell) => values.only?.split(',').includes(cell.name) ?? true)) {
  const row = await measureCell(packing)
  rows.push([...name.split('/'), ...row])
  console.error(`${name}: ${row.join(' · ')}`)
}
await rm(changed)
console.log(table([
  'mean chunk', 'blob', 'level', 'first: stored', 'processor time', 'manifest', 'requests', 'redeploy: received', 'second: new', 'stored', 'requests',
], rows))

async function measureCell(packing: Packing): Promise<string[]> {
  const store = new PackEnds()
  const before = process.cpuUsage()
  const first = await capture(machines.first, packing, store)
  const { user, system } = process.cpuUsage(before)
  const stored = store.stored
  const received = await redeployBytes(first, packing, store)
  const second = await capture(machines.second, packing, store)
  return [
    mb(stored), `${((user + system) / 1e6).toFixed(1)} s`, mb(first.manifest.length), String(await requests(first, store)), mb(received),
    `${mb(second.figures.newBytes)} (${(second.figures.newBytes / second.figures.bytesRead * 100).toFixed(1)} %)`, mb(store.stored - stored),
    String(await requests(second, store)),
  ]
}

async function capture(path: string, packing: Packing, store: Pick<ChunkStore, 'locate' | 'putPack'>): Promise<CaptureResult> {
  const volumes = [{ number: 1, path, filesystem: 'ext4' as const, mode: 'used' as const }]
  return captureVolumes({ volumes, creator: 'bench', source: 'bench', store, packing })
}

/** Of a restore that has nothing yet: the ends of packs, and ranges of them. */
async function requests({ manifest: bytes }: CaptureResult, store: PackEnds): Promise<number> {
  const manifest = await readManifest(bytes)
  const { fetches } = await planFetches(store, manifest, { has: () => true })
  return manifest.packs.length + fetches.length
}

/** The machine after its use for a month: files overwritten as in the benchmark of redeploying. */
async function changedCopy(from: string, to: string): Promise<string> {
  await copyVolume(from, to)
  await withMount(to, (root) => overwriteFiles(root, 1, totalUsed * CHANGED))
  return to
}

/** What a restore over the changed copy fetches: the chunks of the image that it has nowhere any more. */
async function redeployBytes(image: CaptureResult, packing: Packing, store: PackEnds): Promise<number> {
  const all: Pick<ChunkStore, 'locate' | 'putPack'> = { locate: async (ids) => ids.map(() => image.id), putPack: async () => undefined }
  const kept = new Set(digests((await readManifest((await capture(changed, packing, all)).manifest)).chunks))
  const manifest = await readManifest(image.manifest)
  const wanted = digests(manifest.chunks).map((digest) => !kept.has(digest))
  const { fetches, received } = await planFetches(store, manifest, { has: (chunk) => wanted[chunk] === true })
  return received + fetches.reduce((sum, { length }) => sum + length, 0)
}

function digests(chunks: ChunkTable): string[] {
  return Array.from({ length: chunks.count }, (_, chunk) => toHex(chunks.digest(chunk)))
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}
