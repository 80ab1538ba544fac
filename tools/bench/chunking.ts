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
import type { Packing } from '#image/packing.ts'
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
const KIB = 1024

interface Cell {
  name: string
  packing: Packing
}

/** @param blob KiB of plain bytes */
function cell(cut: keyof typeof CUTS, blob: number, level: number): Cell {
  const [leastBlocks, divisor] = CUTS[cut]
  return { name: `${cut}/${blob}K/${level}`, packing: { leastBlocks, divisor, blobBytes: blob * KIB, level } }
}

const CELLS: Cell[] = [
  cell('16K', 512, 3), cell('32K', 512, 3), cell('64K', 512, 3), cell('128K', 512, 3), cell('256K', 512, 3),
  cell('64K', 1024, 3), cell('64K', 256, 3), cell('32K', 256, 3), cell('32K', 128, 3), cell('16K', 128, 3), cell('32K', 96, 3), cell('32K', 64, 3),
  cell('64K', 512, 1), cell('64K', 512, 2), cell('64K', 512, 4), cell('32K', 80, 4), cell('32K', 64, 4),
]
/** Of a store that is said to have everything. */
const ANY_PACK = '0'.repeat(64)
/** Months of use, each from the same deployment; the one that costs most counts. */
const REDEPLOYS = 5

const { values } = parseArgs({
  options: { data: { type: 'string', default: resolve(import.meta.dirname, '../../.cache/bench') }, only: { type: 'string' } },
})
const machines = { first: join(values.data, 'first.img'), second: join(values.data, 'second.img') }
const { signal } = new AbortController()
await installedMachine('first', machines.first, signal)
await installedMachine('second', machines.second, signal)
const totalUsed = totalLength((await usedMap({ path: machines.first, filesystem: 'ext4' }, { signal })).extents)
const cells = CELLS.filter(({ name }) => values.only?.split(',').includes(name) ?? true)
const kept = await keptDigests(cells)

const rows: string[][] = []
for (const { name, packing } of cells) {
  const row = await measureCell(packing)
  rows.push([...name.split('/'), ...row])
  console.error(`${name}: ${row.join(' · ')}`)
}
console.log(table([
  'mean chunk', 'blob', 'level', 'first: stored', 'processor time', 'manifest', 'requests', 'redeploy: received', 'second: new', 'stored', 'requests',
], rows))

async function measureCell(packing: Packing): Promise<string[]> {
  const store = new PackEnds()
  const before = process.cpuUsage()
  const first = await capture(machines.first, packing, store)
  const { user, system } = process.cpuUsage(before)
  const stored = store.stored
  const received = await redeployBytes(first, kept.get(cutOf(packing)) ?? [], store)
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

function cutOf({ leastBlocks, divisor }: Packing): string {
  return `${leastBlocks} ${divisor}`
}

/** For each way to cut: the chunks of the machine after each month of use, in which files are overwritten as in the benchmark of redeploying. */
async function keptDigests(of: readonly Cell[]): Promise<Map<string, Set<string>[]>> {
  const cuts = new Map(of.map(({ packing }) => [cutOf(packing), packing]))
  const found = new Map([...cuts.keys()].map((cut): [string, Set<string>[]] => [cut, []]))
  const changed = join(values.data, 'chunking-changed.img')
  const all: Pick<ChunkStore, 'locate' | 'putPack'> = { locate: async (ids) => ids.map(() => ANY_PACK), putPack: async () => undefined }
  for (let month = 1; month <= REDEPLOYS; month += 1) {
    await copyVolume(machines.first, changed)
    await withMount(changed, (root) => overwriteFiles(root, month, totalUsed * CHANGED))
    for (const [cut, packing] of cuts) found.get(cut)?.push(new Set(digests((await readManifest((await capture(changed, packing, all)).manifest)).chunks)))
  }
  await rm(changed)
  return found
}

/** What restores over the changed machine fetch at most: the chunks of the image that it has nowhere any more. */
async function redeployBytes(image: CaptureResult, months: readonly Set<string>[], store: PackEnds): Promise<number> {
  const manifest = await readManifest(image.manifest)
  let most = 0
  for (const there of months) {
    const wanted = digests(manifest.chunks).map((digest) => !there.has(digest))
    const { fetches, received } = await planFetches(store, manifest, { has: (chunk) => wanted[chunk] === true })
    most = Math.max(most, received + fetches.reduce((sum, { length }) => sum + length, 0))
  }
  return most
}

function digests(chunks: ChunkTable): string[] {
  return Array.from({ length: chunks.count }, (_, chunk) => toHex(chunks.digest(chunk)))
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}
