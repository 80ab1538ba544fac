import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Filesystem } from '#shared/domain/disk.ts'
import { captureVolumes } from '../capture.ts'
import type { Extent } from '../extents.ts'
import { LocalRepository } from '../repository/local.ts'
import { restoreVolumes, type RestoreOptions } from '../restore.ts'
import { recordOffset } from './record.ts'
import type { RestoreResult } from './result.ts'
import { Power, presentMagics, randomFrom, VolatileDevice, type Magic } from './testing/volatile-device.ts'

const KB = 1024
const MB = 1024 * KB

function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

interface Volume {
  number: number
  filesystem: Filesystem
  size: number
  areas: Extent[]
}

const VOLUMES: Volume[] = [
  // With a gap, an empty stretch (one chunk in many places), a run that begins in the head and one that is no whole blocks.
  { number: 1, filesystem: 'ext4', size: 5 * MB + 512, areas: [{ offset: 0, length: 2 * MB }, { offset: 3 * MB, length: 2 * MB + 512 }] },
  { number: 2, filesystem: 'ntfs', size: 1536 * KB, areas: [{ offset: 0, length: 1536 * KB }] },
  { number: 3, filesystem: 'btrfs', size: 2 * MB, areas: [{ offset: 0, length: 1300 * KB }] },
  // Smaller than a head.
  { number: 5, filesystem: 'swap', size: 64 * KB, areas: [{ offset: 0, length: 4 * KB }] },
]

const USED = VOLUMES.flatMap(({ areas }) => areas).reduce((sum, { length }) => sum + length, 0)

let folder: string
let store: LocalRepository
let manifest: Uint8Array
let sources: Buffer[]

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-power-'))
  store = await LocalRepository.open(join(folder, 'repository'))
  sources = VOLUMES.map(({ number, size }) => noise(`volume ${number}`, size))
  sources[0]!.fill(0, 3.5 * MB, 4.5 * MB)
  sources[1]!.set(sources[0]!.subarray(1.5 * MB, 1.75 * MB), MB) // chunks that two volumes have
  const volumes = await Promise.all(VOLUMES.map(async ({ number, filesystem, areas }, at) => {
    const path = join(folder, `source-${number}`)
    await writeFile(path, sources[at]!)
    return { number, path, filesystem, mode: 'sector' as const, areas }
  }))
  manifest = (await captureVolumes({ volumes, creator: 'test', source: 'test', store })).manifest
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
})

/** What a system would recognise: the image's filesystem, and what an earlier one left in the head, where the image has a gap, and at the end. */
function magicsOf(position: number, old: readonly Buffer[]): Magic[] {
  const { filesystem, size } = VOLUMES[position]!
  const at = recordOffset(filesystem, size)! + 56
  const places = [at, 0, 33 * KB, ...(position === 0 ? [2.5 * MB] : []), ...(position === 2 ? [2 * MB - 100] : [])]
  const own = { offset: at, bytes: sources[position]!.subarray(at, at + 8) }
  const earlier = places.map((offset) => ({ offset, bytes: old[position]!.subarray(offset, offset + 8) }))
  // Where old and new are the same, only the filesystem's own magic number means anything.
  return [own, ...earlier.filter(({ offset, bytes }) => !bytes.equals(sources[position]!.subarray(offset, offset + 8)))]
}

function sameUsed(position: number, content: Buffer): boolean {
  return VOLUMES[position]!.areas.every(({ offset, length }) =>
    content.subarray(offset, offset + length).equals(sources[position]!.subarray(offset, offset + length)))
}

/** Whatever is recognised is whole: it is the image's, or what was there before, but for magic numbers that were taken away. */
function expectNothingHalf(contents: readonly Buffer[], old: readonly Buffer[], what: string): void {
  for (const [position, content] of contents.entries()) {
    const magics = magicsOf(position, old)
    if (presentMagics(content, magics).length === 0 || sameUsed(position, content)) continue
    const before = Buffer.from(old[position]!)
    for (const { offset, bytes } of magics) {
      if (content.subarray(offset, offset + bytes.length).every((byte) => byte === 0)) before.fill(0, offset, offset + bytes.length)
    }
    expect(content.equals(before), `${what}: volume ${VOLUMES[position]!.number} looks whole`).toBe(true)
  }
}

interface Run {
  contents: Buffer[]
  power: Power
  /** Absent when the power went before its end. */
  result?: RestoreResult
}

async function run(contents: readonly Buffer[], old: readonly Buffer[], power: Power, random: () => number, options: Partial<RestoreOptions>): Promise<Run> {
  const devices = contents.map((content, position) => new VolatileDevice(`volume ${position}`, content, power, magicsOf(position, old)))
  const restoring = restoreVolumes({
    manifest, source: store, volumes: VOLUMES.map(({ number }) => ({ number, path: String(number) })),
    openTarget: ({ number }) => Promise.resolve(devices[VOLUMES.findIndex((volume) => volume.number === number)]!),
    ...options,
  })
  const result = await restoring.catch((error: unknown) => {
    if (power.on) throw error
    return undefined
  })
  return { contents: devices.map((device) => device.afterPowerLoss(random)), power, ...(result && { result }) }
}

/** What the targets hold at first. */
const OLD: Record<string, () => Buffer[]> = {
  'other data': () => VOLUMES.map(({ number, size }) => noise(`old ${number}`, size)),
  'the image, much used': () => sources.map((source) => {
    const used = Buffer.from(source)
    for (const offset of [100, 500_000, 1_200_000, 1_900_000, 4_900_000]) if (offset < used.length) used.set(noise('change', 5), offset)
    return used
  }),
}

describe.each([
  { delta: false, verify: false, old: 'other data', every: 300 * KB },
  { delta: true, verify: true, old: 'other data', every: 2 * MB },
  { delta: true, verify: false, old: 'the image, much used', every: 100 * KB },
  { delta: false, verify: true, old: 'the image, much used', every: 2 * MB },
])('power that goes at any moment (delta $delta, verify $verify, onto $old)', ({ delta, verify, old: kind, every }) => {
  const options = { delta, verify, checkpoints: { milliseconds: 10_000, bytes: every } }

  test('leaves nothing that looks whole, and the same restore comes to its end', async () => {
    const old = OLD[kind]!()
    const whole = await run(old, old, new Power(), randomFrom(0), options)
    expect(whole.result).toBeDefined()
    expectWhole(whole.contents, 'at once')
    const total = whole.power.used
    let resumed = 0
    for (let cut = verify ? 1 : 2; cut < total; cut += 2) {
      const random = randomFrom(cut)
      const first = await run(old, old, new Power(cut), random, options)
      expectNothingHalf(first.contents, old, `cut at ${cut} of ${total}`)
      const again = Math.ceil(random() * total)
      const second = await run(first.contents, old, new Power(again), random, options)
      expectNothingHalf(second.contents, old, `cut at ${cut} and ${again} of ${total}`)
      const last = second.result ? second : await run(second.contents, old, new Power(), random, options)
      expectWhole(last.contents, `cut at ${cut} and ${again} of ${total}`)
      if (last.result?.resumed) resumed += 1
      expect(last.result!.bytesKept + last.result!.bytesWritten).toBe(USED)
    }
    expect(resumed).toBeGreaterThan(0)
  }, 180_000)

  function expectWhole(contents: readonly Buffer[], what: string): void {
    for (const [position, content] of contents.entries()) expect(sameUsed(position, content), `${what}: volume ${position}`).toBe(true)
  }
})

test('what was recorded is neither fetched nor written again', async () => {
  const old = OLD['other data']!()
  const first = await run(old, old, new Power(), randomFrom(1), {})
  const power = new Power()
  const half = await run(old, old, power, randomFrom(1), {
    onProgress: ({ phase }) => { if (phase === 'flush') power.lastFor(4) }, // the first volume is flushed, and its record says so
  })
  expect(half.result).toBeUndefined()
  const { result } = await run(half.contents, old, new Power(), randomFrom(1), {})
  const body = 3 * MB
  expect(result!.resumed).toBe(true)
  expect(result!.bytesKept).toBeGreaterThan(body - 512 * KB)
  expect(result!.bytesWritten).toBe(USED - result!.bytesKept)
  expect(result!.bytesReceived).toBeLessThan(first.result!.bytesReceived - body / 2)
})
