/**
 * `node tools/bench/chunking.ts [--data FOLDER] [--only CELL,…]`: what the ways to cut, group and compress cost and give, on the two
 * Debian systems of `bench:image`. Captures the first machine and then the second into a store that keeps only the ends of packs, and
 * prints a line of docs/decisions/004-chunk-size.md for each way. Processor time is that of this process, all threads.
 */
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { captureVolumes, type CaptureResult } from '#image/capture.ts'
import { readManifest } from '#image/codecs.ts'
import { planFetches } from '#image/fetch-plan.ts'
import { PACKING, type Packing } from '#image/packing.ts'
import { installedMachine } from './data/debian.ts'
import { PackEnds } from './pack-ends.ts'
import { table } from './report.ts'

/** Blocks of a chunk, at least and on average; the usual way lies in the middle of all three rows of cells. */
const CUTS = { '16K': [1, 4], '32K': [2, 7], '64K': [4, 13], '128K': [8, 25], '256K': [16, 49] } as const
const BLOBS = { '128K': 128 * 1024, '256K': 256 * 1024, '512K': 512 * 1024, '1M': 1024 * 1024, '2M': 2048 * 1024 } as const
const LEVELS = [1, 2, 3, 4, 6] as const

interface Cell {
  name: string
  packing: Packing
}

const cut = (name: keyof typeof CUTS): Pick<Packing, 'leastBlocks' | 'divisor'> => ({ leastBlocks: CUTS[name][0], divisor: CUTS[name][1] })
const keysOf = <T extends object>(values: T): (keyof T & string)[] => Object.keys(values) as (keyof T & string)[]

const CELLS: Cell[] = [
  ...keysOf(CUTS).map((name) => ({ name: `${name}/512K/3`, packing: { ...PACKING, blobBytes: BLOBS['512K'], level: 3, ...cut(name) } })),
  ...keysOf(BLOBS).map((name) => ({ name: `64K/${name}/3`, packing: { ...cut('64K'), blobBytes: BLOBS[name], level: 3 } })),
  ...LEVELS.map((level) => ({ name: `64K/512K/${level}`, packing: { ...cut('64K'), blobBytes: BLOBS['512K'], level } })),
].filter(({ name }, at, all) => all.findIndex((cell) => cell.name === name) === at)

const { values } = parseArgs({
  options: { data: { type: 'string', default: resolve(import.meta.dirname, '../../.cache/bench') }, only: { type: 'string' } },
})
const machines = { first: join(values.data, 'first.img'), second: join(values.data, 'second.img') }
const { signal } = new AbortController()
await installedMachine('first', machines.first, signal)
await installedMachine('second', machines.second, signal)

const rows: string[][] = []
for (const { name, packing } of CELLS.filter((cell) => values.only?.split(',').includes(cell.name) ?? true)) {
  const row = await measureCell(packing)
  rows.push([...name.split('/'), ...row])
  console.error(`${name}: ${row.join(' · ')}`)
}
console.log(table([
  'mean chunk', 'blob', 'level', 'first: stored', 'processor time', 'manifest', 'requests', 'second: new', 'stored', 'requests',
], rows))

async function measureCell(packing: Packing): Promise<string[]> {
  const store = new PackEnds()
  const before = process.cpuUsage()
  const first = await capture(machines.first, packing, store)
  const { user, system } = process.cpuUsage(before)
  const stored = store.stored
  const second = await capture(machines.second, packing, store)
  return [
    mb(stored), `${((user + system) / 1e6).toFixed(1)} s`, mb(first.manifest.length), String(await requests(first, store)),
    `${mb(second.figures.newBytes)} (${(second.figures.newBytes / second.figures.bytesRead * 100).toFixed(1)} %)`, mb(store.stored - stored),
    String(await requests(second, store)),
  ]
}

async function capture(path: string, packing: Packing, store: PackEnds): Promise<CaptureResult> {
  const volumes = [{ number: 1, path, filesystem: 'ext4' as const, mode: 'used' as const }]
  return captureVolumes({ volumes, creator: 'bench', source: 'bench', store, packing })
}

/** Of a restore that has nothing yet: the ends of packs, and ranges of them. */
async function requests({ manifest: bytes }: CaptureResult, store: PackEnds): Promise<number> {
  const manifest = await readManifest(bytes)
  const { fetches } = await planFetches(store, manifest, { has: () => true })
  return manifest.packs.length + fetches.length
}

function mb(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e8 ? 1 : 0)} MB`
}
