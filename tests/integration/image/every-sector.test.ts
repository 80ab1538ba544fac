/** Disks that are taken sector by sector: gaps, tail, chains of logical partitions, whoever made those. */
import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '#image/index.ts'
import { MIB } from '../agent/loop-disk.ts'
import { done } from './clonaula.ts'
import { Bench, noise } from './support.ts'

const SECTOR = 512
const SIZE = 32 * MIB
const LINUX = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'

/** Gaps in front of, between and behind the partitions; the last one holds ext4, which would grow. */
const GPT = `label: gpt\nlabel-id: 11111111-2222-4333-8444-555555555555\nfirst-lba: 34
start=4096, size=8192, type=${LINUX}\nstart=16384, size=24576, type=${LINUX}\n`
const MBR = `label: dos\nlabel-id: 0xdeadbeef\nstart=4096, size=4096, type=83, bootable\nstart=12288, size=45056, type=5
start=14336, size=8192, type=83\nstart=26624, size=24576, type=83\n`
const EXTENDED = 12288
const LAST = { gpt: 16384, msdos: 26624 }

let bench: Bench
let repo: string
let source: string
beforeEach(async () => {
  bench = await Bench.open()
  repo = join(bench.folder, 'images')
  source = join(bench.folder, 'source.img')
})
afterEach(() => bench.close())

/** A disk of noise, with a table and a filesystem in it. */
async function make(table: string, last: number): Promise<void> {
  await writeFile(source, noise('sectors', SIZE))
  await patch(source, 0, new Uint8Array(SECTOR))
  await runCommand(['sfdisk', '--quiet', '--wipe', 'never', '--wipe-partitions', 'never', source], { stdin: table })
  await patch(source, 0, noise('boot code', 440))
  await runCommand(['mkfs.ext4', '-q', '-F', '-E', `offset=${last * SECTOR}`, source, '12M'])
}

async function patch(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, offset)
}

async function readSector(path: string, number: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const bytes = Buffer.alloc(SECTOR)
  await file.read(bytes, 0, SECTOR, number * SECTOR)
  return bytes
}

/** Gives the boot records of the logical partitions boot code, and the second one a place that only another program than sfdisk would choose. */
async function moveChain(): Promise<void> {
  const first: Buffer = await readSector(source, EXTENDED)
  const link = 446 + 16 + 8 // the second entry's first sector, counted from the extended partition's
  const at = EXTENDED + first.readUInt32LE(link)
  const second = await readSector(source, at)
  const moved = 24_000
  first.writeUInt32LE(moved - EXTENDED, link)
  second.writeUInt32LE(second.readUInt32LE(446 + 8) + at - moved, 446 + 8)
  for (const record of [first, second]) noise('record', 440).copy(record)
  await patch(source, at * SECTOR, noise('no record any more', SECTOR))
  await patch(source, EXTENDED * SECTOR, first)
  await patch(source, moved * SECTOR, second)
}

const restore = (...args: string[]) => done<{ figures: Record<string, number> }>('restore', '--repo', repo, 'disk', ...args)
const layout = async (path: string): Promise<[number, number][]> =>
  (JSON.parse((await runCommand(['sfdisk', '--json', path])).stdout) as { partitiontable: { partitions: { start: number; size: number }[] } })
    .partitiontable.partitions.map(({ start, size }) => [start, size])

async function part(path: string, [start, size]: [number, number]): Promise<string> {
  const file = join(bench.folder, 'part')
  await runCommand(['dd', `if=${path}`, `of=${file}`, `skip=${start}`, `count=${size}`, 'status=none'])
  return file
}

interface Case { label: 'gpt' | 'msdos'; table: string; change?: () => Promise<void> }
const CASES: Case[] = [{ label: 'gpt', table: GPT }, { label: 'msdos', table: MBR, change: moveChain }]

describe.each(CASES)('with $label', ({ label, table, change }) => {
  test('goes onto a disk of the same size byte by byte, for its differences too, and onto a larger one', async () => {
    await make(table, LAST[label])
    await change?.()
    const before = await layout(source)
    await done('capture', '--repo', repo, '--name', 'disk', '--mode', 'sector', source)

    const copy = join(bench.folder, 'copy.img')
    await restore(copy, '--verify')
    await runCommand(['cmp', source, copy])
    for (const at of [3 * MIB, 13_000 * SECTOR, SIZE - MIB]) await patch(copy, at, noise('since then', 4096))
    const again = await restore(copy, '--delta', '--verify')
    await runCommand(['cmp', source, copy])
    expect(again.figures['bytesKept']).toBeGreaterThan(SIZE / 2)

    const large = join(bench.folder, 'large.img')
    await restore(large, '--size', '48M', '--verify')
    const after = await layout(large)
    expect(after.map(([start]) => start)).toEqual(before.map(([start]) => start))
    for (const [index, place] of before.slice(0, -1).entries()) {
      if (label === 'msdos' && index === 1) continue // the extended one
      const expected = await runCommand(['sha256sum', await part(source, place)])
      expect((await runCommand(['sha256sum', await part(large, place)])).stdout).toBe(expected.stdout)
    }
    expect(after.at(-1)![1]).toBeGreaterThan(before.at(-1)![1] + 16_000)
    await runCommand(['e2fsck', '-fn', await part(large, after.at(-1)!)])
    const gap = (path: string) => runCommand(['cmp', '--ignore-initial', `${34 * SECTOR}`, '--bytes', `${(4096 - 34) * SECTOR}`, source, path])
    await gap(large)
  })
})
