import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync, writeSync, closeSync } from 'node:fs'
import { mkdir, open, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureVolumes, readManifest, restoreVolumes, runCommand, type CaptureResult, type RestoreOptions, type RestoreResult } from '#image/index.ts'
import { runLength } from '#shared/formats/manifest-runs.ts'
import { Bench, describeTree, fillUnix, noise } from './support.ts'
import type { Restoring } from './restoring.ts'

const MB = 1024 * 1024
const failing = (code: number) => expect.objectContaining({ name: 'ClonaulaError', code })
const CHILD = join(import.meta.dirname, 'restoring.ts')

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

interface Source {
  path: string
  image: CaptureResult
  /** Bytes in use. */
  used: number
}

/** An ext4 with files, captured and published. */
async function source(size = 200 * MB): Promise<Source> {
  const path = await bench.empty('source', size)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  await bench.mounted(path, fillUnix)
  const image = await capture(path)
  return { path, image, used: image.figures.bytesRead }
}

async function capture(path: string): Promise<CaptureResult> {
  const image = await bench.capture(path, 'ext4')
  await bench.store.publish(image.manifest)
  return image
}

function restore({ manifest }: CaptureResult, path: string, options: Partial<RestoreOptions> = {}): Promise<RestoreResult> {
  return restoreVolumes({ manifest, volumes: [{ number: 1, path }], source: bench.store, ...options })
}

/** The repository until some ranges of its packs were fetched; then the restore is aborted. */
function abortedAfter(ranges: number): Pick<RestoreOptions, 'source' | 'signal'> {
  const { store } = bench
  const stop = new AbortController()
  let left = ranges
  return {
    signal: stop.signal,
    source: {
      manifest: (id) => store.manifest(id),
      packTail: (id, length) => store.packTail(id, length),
      packRange: (id, offset, length) => {
        left -= 1
        if (left < 0) stop.abort()
        return store.packRange(id, offset, length)
      },
    },
  }
}

const ABORTED = expect.objectContaining({ name: 'AbortError' })

/** Compares what the image covers, byte for byte, with the source that it was taken from. */
async function expectSame({ path, image }: Source, target: string): Promise<void> {
  const { runs: [runs], chunks } = await readManifest(image.manifest)
  await using a = await open(path)
  await using b = await open(target)
  const different: number[] = []
  for (const run of runs!) {
    const [left, right] = [Buffer.alloc(runLength(run, chunks)), Buffer.alloc(runLength(run, chunks))]
    await Promise.all([a.read(left, 0, left.length, run.offset), b.read(right, 0, right.length, run.offset)])
    if (!left.equals(right)) different.push(run.offset)
  }
  expect(different).toEqual([])
}

/** What blkid sees. */
async function filesystem(path: string): Promise<string> {
  return (await runCommand(['blkid', '-p', '-o', 'value', '-s', 'TYPE', path], { accept: [0, 2] })).stdout.trim()
}

/** A file that is full of something else, with an old filesystem's signatures. */
async function usedTarget(size = 200 * MB): Promise<string> {
  const path = await bench.empty('target', size)
  await runCommand(['mkfs.btrfs', '-q', path])
  return path
}

describe('a process that is killed', () => {
  /** Restores in a process that is killed once it has begun to fetch so many ranges, and a moment. @returns what it printed when it came to its end */
  async function restoreAndKill(restoring: Restoring, ranges: number): Promise<RestoreResult | undefined> {
    const child = spawn(process.execPath, [CHILD, JSON.stringify(restoring)], { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    let said = ''
    child.stdout.on('data', (data: Buffer) => { output += data.toString() })
    const working = new Promise<void>((resolve) => child.stderr.on('data', (data: Buffer) => {
      said += data.toString()
      if (said.split('range\n').length > ranges + 1) resolve()
    }))
    const ended = once(child, 'close')
    await Promise.race([working.then(() => sleep(Math.random() * 2 * restoring.slowness)), ended])
    child.kill('SIGKILL')
    const [code, signal] = await ended
    if (code === 0) return JSON.parse(output) as RestoreResult
    if (signal !== 'SIGKILL') throw new Error(`it ended by itself: ${said}`)
    return undefined
  }

  test.each(['loop device', 'plain file'])('at any moment is continued on a %s by the same call', async (kind) => {
    const from = await source()
    const file = await usedTarget()
    const target = kind === 'plain file' ? file : await bench.loop(file)
    const restoring: Restoring = {
      repository: bench.store.root, manifest: from.image.id, volumes: [{ number: 1, path: target }], slowness: 20,
    }
    let kills = 0
    let result: RestoreResult | undefined
    // Two are killed early, the third when enough was fetched for a record, the others anywhere, so that one of them comes to its end; one may be killed when
    // all is done. Time would say nothing here: a fast machine has ended in the moment in which a slow one begins.
    do {
      result = await restoreAndKill(restoring, kills === 2 ? 16 : Math.random() * (kills < 2 ? 6 : 40))
      kills += 1
    } while (result === undefined && await filesystem(target) !== 'ext4')
    expect(kills).toBeGreaterThan(2)
    expect([true, undefined]).toContain(result?.resumed)
    await expectSame(from, target)
    await runCommand(['e2fsck', '-fn', target])
    expect(await bench.mounted(file, describeTree)).toBe(await bench.mounted(from.path, describeTree))
  })

  test('is not needed to continue it: aborting leaves the same', async () => {
    const from = await source()
    const target = await bench.loop(await usedTarget())
    await expect(restore(from.image, target, abortedAfter(14))).rejects.toThrow(ABORTED)
    expect(await filesystem(target)).toBe('')
    const rest = await restore(from.image, target)
    expect(rest.resumed).toBe(true)
    expect(rest.bytesRead).toBeLessThan(2 * MB) // chunks that it had somewhere already
    expect(rest.bytesKept).toBeGreaterThan(from.used / 3)
    await expectSame(from, target)
  })

  test('leaves what another image does not take for its own', async () => {
    const from = await source()
    const target = await usedTarget()
    await expect(restore(from.image, target, abortedAfter(14))).rejects.toThrow(ABORTED)
    await bench.mounted(from.path, (folder) => writeFile(join(folder, 'new'), noise('new', MB)))
    const next = { ...from, image: await capture(from.path) }
    expect(await restore(next.image, target)).toMatchObject({ resumed: false, bytesKept: 0 })
    await expectSame(next, target)
  })
})

describe('a delta restore', () => {
  test('of what is there already writes and fetches nothing', async () => {
    const from = await source()
    const target = await usedTarget()
    await restore(from.image, target)
    const before = await stat(target)
    const again = await restore(from.image, target, { delta: true })
    expect(again).toMatchObject({ bytesWritten: 0, bytesReceived: 0, bytesKept: from.used, bytesRead: from.used })
    expect((await stat(target)).mtimeMs).toBe(before.mtimeMs)
  })

  test('after a computer was used brings back what was changed, and little more', async () => {
    const from = await source()
    const target = await usedTarget()
    const fresh = await restore(from.image, target)
    await bench.mounted(target, async (folder) => {
      await writeFile(join(folder, 'large-1'), noise('overwritten', MB))
      await writeFile(join(folder, 'homework'), noise('homework', 2 * MB))
    })
    const delta = await restore(from.image, target, { delta: true, verify: true })
    expect(delta.bytesWritten).toBeLessThan(from.used / 5)
    expect(delta.bytesReceived).toBeLessThan(fresh.bytesReceived / 5)
    expect(delta.bytesKept + delta.bytesWritten).toBe(from.used)
    await expectSame(from, target)
    await runCommand(['e2fsck', '-fn', target])
  })

  test('from one revision to the next fetches what the first one lacks', async () => {
    const from = await source()
    const target = await usedTarget()
    const fresh = await restore(from.image, target)
    await bench.mounted(from.path, (folder) => writeFile(join(folder, 'added'), noise('added', 3 * MB)))
    const next = { ...from, image: await capture(from.path) }
    const delta = await restore(next.image, target, { delta: true })
    expect(delta.bytesReceived).toBeGreaterThan(3 * MB)
    expect(delta.bytesReceived).toBeLessThan(fresh.bytesReceived / 2)
    await expectSame(next, target)
  })

  test('that is aborted is continued, delta or not', async () => {
    const from = await source()
    const target = await usedTarget()
    await restore(from.image, target)
    await bench.mounted(target, async (folder) => {
      for (let at = 1; at < 20; at += 2) await writeFile(join(folder, `large-${at}`), noise(`other ${at}`, MB))
    })
    await expect(restore(from.image, target, { delta: true, ...abortedAfter(1) })).rejects.toThrow(ABORTED)
    expect(await filesystem(target)).toBe('')
    const rest = await restore(from.image, target)
    expect(rest.resumed).toBe(true)
    expect(rest.bytesKept).toBeGreaterThan(from.used * 0.75)
    await expectSame(from, target)
  })
})

describe('discarding', () => {
  /** Bytes that a file takes. */
  const taken = async (path: string): Promise<number> => (await stat(path)).blocks * 512

  test.each(['loop device', 'plain file'])('gives back what the image does not use: %s', async (kind) => {
    const from = await source()
    const file = join(bench.folder, 'target')
    await writeFile(file, noise('full', 200 * MB))
    const target = kind === 'plain file' ? file : await bench.loop(file)
    const result = await restore(from.image, target, { discard: true, verify: true })
    expect(result.undiscarded).toEqual([])
    expect(result.bytesDiscarded).toBeGreaterThan(100 * MB)
    expect(await taken(file)).toBeLessThan(200 * MB - result.bytesDiscarded + MB)
    await expectSame(from, target)
    await runCommand(['e2fsck', '-fn', target])
  })

  test('is left alone where the device takes none', async () => {
    const from = await source()
    const folder = join(bench.folder, 'ram')
    await mkdir(folder)
    await runCommand(['mount', '-t', 'ramfs', 'ramfs', folder]) // cannot punch holes
    bench.defer(() => runCommand(['umount', folder]))
    const target = await bench.empty('ram/target', 200 * MB)
    expect(await restore(from.image, target, { discard: true })).toMatchObject({ undiscarded: [target], bytesDiscarded: 0 })
    await expectSame(from, target)
  })
})

describe('verification', () => {
  test.each([['the head', 5000], ['the rest', 8 * MB]])('reads from the medium: damage to %s is found, and mended by the same call', async (_, offset) => {
    const from = await source()
    const file = await usedTarget()
    const target = await bench.loop(file)
    // Behind the loop device's back: its own memory still has the right bytes.
    const damage = (): void => {
      const medium = openSync(file, 'r+')
      writeSync(medium, noise('damage', 4096), 0, 4096, offset)
      closeSync(medium)
    }
    let damaged = false
    const onProgress: RestoreOptions['onProgress'] = ({ phase }) => {
      if (phase !== 'verify' || damaged) return
      damaged = true
      damage()
    }
    await expect(restore(from.image, target, { verify: true, onProgress })).rejects.toThrow(failing(108))
    expect(damaged).toBe(true)
    expect(await filesystem(target)).toBe('')
    const mended = await restore(from.image, target, { verify: true })
    expect(mended.bytesWritten).toBeLessThan(4 * MB)
    await expectSame(from, target)
  })
})

describe('a target that goes wrong', () => {
  test('half-way keeps what it got, and is continued when it can be written again', async () => {
    const from = await source()
    const folder = join(bench.folder, 'tiny')
    await mkdir(folder)
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', folder])
    bench.defer(() => runCommand(['umount', folder]))
    const target = await bench.empty('tiny/target', 200 * MB)
    const failed = restore(from.image, target, { checkpoints: { milliseconds: 10_000, bytes: 2 * MB } })
    await expect(failed).rejects.toThrow(failing(108))
    await expect(failed).rejects.toThrow(/tiny\/target: write failed at byte \d+/)
    expect(await filesystem(target)).toBe('')
    await runCommand(['mount', '-o', 'remount,size=300m', folder])
    const rest = await restore(from.image, target)
    expect(rest.resumed).toBe(true)
    expect(rest.bytesKept).toBeGreaterThan(4 * MB)
    await expectSame(from, target)
  })

  test('by its source looks like nothing: a damaged pack is code 33', async () => {
    const from = await source()
    const { packs } = await readManifest(from.image.manifest)
    const path = join(bench.store.root, 'packs', packs[0]!.slice(0, 2), `${packs[0]}.pack`)
    const target = await usedTarget()
    const pack = await open(path, 'r+')
    const byte = Buffer.alloc(1)
    await pack.read(byte, 0, 1, 8 * MB)
    await pack.write(Buffer.from([byte[0]! ^ 1]), 0, 1, 8 * MB)
    await expect(restore(from.image, target)).rejects.toThrow(failing(33))
    expect(await filesystem(target)).toBe('')
    await pack.write(byte, 0, 1, 8 * MB)
    await pack.close()
    expect(await restore(from.image, target)).toMatchObject({ resumed: true })
    await expectSame(from, target)
  })

  test('because it is too small is refused, with both sizes', async () => {
    const from = await source()
    const target = await bench.loop(await bench.empty('small', 100 * MB))
    await expect(restore(from.image, target)).rejects.toThrow(failing(30))
    await expect(restore(from.image, target)).rejects.toThrow(expect.objectContaining({
      params: expect.objectContaining({ target, available: 100 * MB, needed: expect.any(Number) }),
    }))
  })
})

test('several volumes go on together: the one that was finished first is not written again', async () => {
  const volumes = await Promise.all([1, 2].map(async (number) => {
    const path = join(bench.folder, `source-${number}`)
    await writeFile(path, noise(`volume ${number}`, 12 * MB))
    return { number, path, filesystem: 'unknown' as const, mode: 'sector' as const }
  }))
  const { manifest } = await captureVolumes({ volumes, creator: 'test', source: 'test', store: bench.store })
  const targets = await Promise.all([1, 2].map(async (number) => ({ number, path: await bench.empty(`target-${number}`, 12 * MB) })))
  await restoreVolumes({ manifest, volumes: [targets[0]!], source: bench.store })
  await expect(restoreVolumes({ manifest, volumes: [targets[1]!], ...abortedAfter(8) })).rejects.toThrow(ABORTED)
  const rest = await restoreVolumes({ manifest, volumes: targets, source: bench.store })
  expect(rest.resumed).toBe(true)
  expect(rest.bytesKept).toBeGreaterThan(12.5 * MB)
  for (const { number, path } of targets) await runCommand(['cmp', join(bench.folder, `source-${number}`), path])
})
