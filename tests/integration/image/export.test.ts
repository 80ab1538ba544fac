import { mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readManifest, runCommand, type CaptureVolume } from '#image/index.ts'
import { captureVolumes } from '#image/capture.ts'
import { exportPartclone } from '#image/export/export-partclone.ts'
import { clonaula, intoFile, type Ran } from './clonaula.ts'
import { expectBegins, filesystem, imported, KINDS, MIB, restored, restoredVolume, type KindName } from './legacy-support.ts'
import { Bench, noise } from './support.ts'

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

/** Captures, publishes and names. */
async function image(name: string, volumes: readonly CaptureVolume[]): Promise<void> {
  const { manifest } = await captureVolumes({ volumes, creator: 'test', source: 'test', store: bench.store })
  await bench.store.addRevision({ image: name, manifest: await bench.store.publish(manifest), description: '' })
}

const exported = (...args: string[]): Promise<Ran> => clonaula('export', '--repo', bench.store.root, ...args)

describe.each(Object.keys(KINDS) as KindName[])('an image of %s', (kind) => {
  test('is one that partclone checks and restores, and that comes back when it is imported', async () => {
    const source = await filesystem(bench, 'source', kind)
    await image('aula', [{ number: 1, path: source, filesystem: kind, mode: 'used' }])
    const file = join(bench.folder, 'aula.ptcl')
    const { code, out } = await exported('aula', file, '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ image: 'aula', revision: 1, bytes: (await stat(file)).size, volume: { filesystem: kind }, incomplete: 0 })
    await runCommand(['partclone.chkimg', '-f', '0', '-L', '/dev/null', '-s', file])
    const { stderr } = await runCommand(['partclone.info', '-L', '/dev/null', '-s', file])
    expect(stderr).toMatch(/image format: +0002/)
    expect(stderr).toMatch(/checksum algo: +CRC32/)

    const target = await restored(file)
    await truncate(target, KINDS[kind].size)
    await runCommand([...KINDS[kind].check, target])
    const own = await restoredVolume(bench, { ref: await bench.store.resolve('aula') })
    await expectBegins(target, own)
    const back = await imported(bench, file, { name: 'back' })
    expect(back).toMatchObject({ figures: { newChunks: 0 }, volumes: [{ filesystem: kind, savedAs: KINDS[kind].name, checksum: 'verified' }] })
  })
})

describe('clonaula image export', () => {
  test('writes a chosen partition to the standard output', async () => {
    const source = await filesystem(bench, 'source', 'ext2')
    const raw = join(bench.folder, 'raw')
    await writeFile(raw, noise('raw', 3 * MIB + 512))
    await image('disk', [
      { number: 1, path: source, filesystem: 'ext2', mode: 'used' }, { number: 7, path: raw, filesystem: 'luks', mode: 'sector' },
    ])
    const stream = join(bench.folder, 'stream')
    const ran = await intoFile(stream, 'export', '--repo', bench.store.root, 'disk@1', '--partition', '7', '-', '--lang', 'es')
    expect(ran.code).toBe(0)
    expect(ran.err).toContain('disk@1, partición 7 (luks) → -')
    await runCommand(['cmp', await restored(stream), raw])
    // Which one is not said, or there is none of that number.
    expect(await exported('disk', join(bench.folder, 'no'))).toMatchObject({ code: 3 })
    expect(await exported('disk', join(bench.folder, 'no'), '--partition', '2')).toMatchObject({ code: 3 })
    expect(await exported('disk', join(bench.folder, 'no'), '--partition', 'x')).toMatchObject({ code: 112 })
    expect(await exported('other', join(bench.folder, 'no'))).toMatchObject({ code: 2 })
    expect((await readdir(bench.folder)).filter((name) => name.startsWith('no'))).toEqual([])
  })

  test('overwrites nothing, and leaves nothing half', async () => {
    const source = await filesystem(bench, 'source', 'ext2')
    await image('aula', [{ number: 1, path: source, filesystem: 'ext2', mode: 'used' }])
    const file = join(bench.folder, 'file')
    await writeFile(file, 'mine')
    expect(await exported('aula', file)).toMatchObject({ code: 115 })
    expect(await readFile(file, 'utf8')).toBe('mine')
    const small = join(bench.folder, 'small')
    await mkdir(small)
    await runCommand(['mount', '-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small])
    bench.defer(() => runCommand(['umount', small]))
    expect(await exported('aula', join(small, 'file'))).toMatchObject({ code: 16 })
    expect(await readdir(small)).toEqual([])
    // A file that its filesystem does not take, as one of more than 4 GiB on FAT.
    expect(await clonaula('restore', '--repo', bench.store.root, 'aula', join(bench.folder, 'huge'), '--size', '4000T')).toMatchObject({ code: 16 })
    const [pack] = await bench.store.listPacks()
    const bytes = await readFile(bench.store.packPath(pack!))
    bytes[1000]! ^= 1
    await writeFile(bench.store.packPath(pack!), bytes)
    expect(await exported('aula', join(bench.folder, 'other'))).toMatchObject({ code: 33 })
    expect((await readdir(bench.folder)).filter((name) => name.startsWith('other'))).toEqual([])
  })

  test('reports how far it is, and stops when it is asked for', async () => {
    const source = await filesystem(bench, 'source', 'ext4')
    await image('aula', [{ number: 1, path: source, filesystem: 'ext4', mode: 'used' }])
    const manifest = await readManifest(await bench.store.manifest((await bench.store.resolve('aula')).manifest))
    const stop = new AbortController()
    const sink = new PassThrough()
    sink.on('data', () => stop.abort())
    await expect(exportPartclone(bench.store, manifest, 1, sink, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' })
    const shares: number[] = []
    const all = new PassThrough()
    all.resume()
    await exportPartclone(bench.store, manifest, undefined, all, { onProgress: ({ done, total }) => shares.push(done / total) })
    expect(shares.at(-1)).toBe(1)
  })
})
