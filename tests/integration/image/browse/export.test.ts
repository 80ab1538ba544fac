import { createHash } from 'node:crypto'
import { open, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureVolumes, readManifest, restoreVolumes, runCommand } from '#image/index.ts'
import { OpenDisk } from '#image/browse/open-disk.ts'
import { OpenRevision } from '#image/browse/revision.ts'
import { Overlay } from '#image/browse/overlay.ts'
import type { ReadDevice } from '#image/nbd/block-device.ts'
import { NbdServer } from '#image/nbd/server.ts'
import { createReference } from '../../agent/reference-disk.ts'
import { captureSource } from '#image/job/capture-source.ts'
import { Bench, fillUnix, noise } from '../support.ts'

const MB = 1024 * 1024

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

async function revisionOf(path: string): Promise<OpenRevision> {
  const { manifest } = await bench.capture(path, 'ext4')
  await bench.store.addRevision({ image: 'aula', manifest: await bench.store.publish(manifest), description: '' })
  return OpenRevision.open(bench.store, 'aula')
}

async function ext4(): Promise<string> {
  const path = await bench.empty('source', 96 * MB + 512)
  await runCommand(['mkfs.ext4', '-q', '-F', path])
  await bench.mounted(path, fillUnix)
  return path
}

async function serve(device: ReadDevice): Promise<NbdServer> {
  const server = await NbdServer.listen({ listen: { path: join(bench.folder, 'nbd') }, exports: [{ name: 'volume', device }] })
  bench.defer(() => server.close())
  return server
}

async function bootCode(path: string): Promise<string> {
  await using file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(440), 0, 440, 0)
  return buffer.toString('hex')
}

const sum = async (path: string) => createHash('sha256').update(await readFile(path)).digest('hex')

describe('a revision over NBD', () => {
  test('is, byte for byte, what a restore onto zeros writes', async () => {
    const path = await ext4()
    const revision = await revisionOf(path)
    const restored = await bench.empty('restored', revision.facts(1).size)
    await restoreVolumes({
      manifest: await bench.store.manifest(revision.ref.manifest), volumes: [{ number: 1, path: restored }], source: bench.store,
    })
    const server = await serve(revision.volume(1))
    const { stdout } = await runCommand(['nbdinfo', '--json', server.uri('volume')])
    expect(JSON.parse(stdout)).toMatchObject({ protocol: 'newstyle-fixed', exports: [{ 'export-size': 96 * MB + 512, 'is_read_only': true }] })
    const copied = join(bench.folder, 'copied')
    await runCommand(['nbdcopy', server.uri('volume'), copied])
    expect(await sum(copied)).toBe(await sum(restored))
    const options = `driver=nbd,server.type=unix,server.path=${join(bench.folder, 'nbd')},export=volume`
    await runCommand(['qemu-img', 'compare', '--image-opts', options, `driver=raw,file.driver=file,file.filename=${restored}`])
  })

  test('takes what QEMU writes, beside the image', async () => {
    const revision = await revisionOf(await ext4())
    const overlay = await Overlay.create(revision.volume(1), join(bench.folder, 'written'))
    bench.defer(() => overlay.close())
    const server = await serve(overlay)
    await runCommand(['qemu-io', '-f', 'raw', ...['write -P 7 1001 70000', 'discard 8M 1M', 'write -z 20M 3M', 'flush'].flatMap((command) => ['-c', command]), server.uri('volume')])
    const { stdout } = await runCommand(['qemu-io', '-f', 'raw', ...['read -P 7 1001 70000', 'read -P 0 8M 1M', 'read -P 0 20M 3M'].flatMap((command) => ['-c', command]), server.uri('volume')])
    expect(stdout).not.toContain('verification failed')
    expect(stdout.match(/ops;/g)).toHaveLength(3)
    expect(overlay.changes()).toEqual([
      { offset: 0, length: 73_728 }, { offset: 8 * MB, length: MB }, { offset: 20 * MB, length: 3 * MB },
    ])
    const [before, after] = [Buffer.alloc(1000), Buffer.alloc(1000)]
    await overlay.read(before, 0)
    await revision.volume(1).read(after, 0)
    expect(before.equals(after)).toBe(true)
  })

  test('gives no byte of a damaged chunk', async () => {
    const path = await ext4()
    const revision = await revisionOf(path)
    const [pack] = revision.manifest.packs
    const file = await open(bench.store.packPath(pack!), 'r+')
    await file.write(noise('damage', 64), 0, 64, 100_000)
    await file.close()
    const errors: unknown[] = []
    const server = await NbdServer.listen({
      listen: { path: join(bench.folder, 'nbd') }, exports: [{ name: 'volume', device: revision.volume(1) }], onError: (error) => errors.push(error),
    })
    bench.defer(() => server.close())
    const copied = runCommand(['nbdcopy', server.uri('volume'), join(bench.folder, 'copied')])
    await expect(copied).rejects.toThrow(/Input\/output error/)
    expect(errors[0]).toMatchObject({ result: 'corruptImage', params: { pack } })
  })
})

describe('the disk of a revision', () => {
  test('has the table, the boot areas and the partitions of its source', async () => {
    await using reference = (await createReference()).disk
    const { manifest } = await captureSource({
      path: reference.device, mode: 'used', clean: false, shrink: false, creator: 'test', source: 'test', store: bench.store,
    })
    await bench.store.addRevision({ image: 'pc', manifest: await bench.store.publish(manifest), description: '' })
    const revision = await OpenRevision.open(bench.store, 'pc')
    await using disk = await OpenDisk.open(revision)
    const copied = join(bench.folder, 'disk')
    await runCommand(['nbdcopy', `nbd+unix:///disk?socket=${disk.socket}`, copied])
    await runCommand(['sgdisk', '--verify', copied])
    const table = async (path: string) => (await runCommand(['sfdisk', '--dump', path])).stdout.replaceAll(new RegExp(`${path}p?`, 'g'), 'disk')
    expect(await table(copied)).toBe(await table(reference.device))
    for (const { number, start } of disk.layout.partitions) {
      const volume = revision.volume(number)
      const expected = Buffer.alloc(Math.min(volume.size, 8 * MB))
      await volume.read(expected, 0)
      const found = Buffer.alloc(expected.length)
      await using file = await open(copied)
      await file.read(found, 0, found.length, start)
      expect(found.equals(expected)).toBe(true)
    }
    expect(await bootCode(copied)).toBe(await bootCode(reference.device))
  })

  test('has a table of large sectors where its source had them', async () => {
    const path = await bench.empty('part', 4 * MB)
    await writeFile(path, noise('part', 4 * MB))
    const type = '0FC63DAF-8483-4772-8E79-3D69D8477DE4'
    const uuid = '66666666-7777-4888-9999-AAAAAAAAAAAA'
    const { manifest } = await captureVolumes({
      volumes: [{ number: 3, path, filesystem: 'none', mode: 'sector' }],
      disk: {
        label: 'gpt', id: '11111111-2222-4333-8444-555555555555', size: 16 * MB, sectorSize: 4096, firstLba: 6, lastLba: 4090,
        partitions: [{ number: 3, start: 8 * MB, size: 4 * MB, type, uuid, name: 'datos', attributes: '', bootable: false }],
      },
      creator: 'test', source: 'test', store: bench.store,
    })
    await bench.store.addRevision({ image: '4k', manifest: await bench.store.publish(manifest), description: '' })
    await using disk = await OpenDisk.open(await OpenRevision.open(bench.store, '4k'))
    const copied = join(bench.folder, 'disk')
    await runCommand(['nbdcopy', `nbd+unix:///?socket=${disk.socket}`, copied])
    const device = (await runCommand(['losetup', '--find', '--show', '--sector-size', '4096', copied])).stdout.trim()
    bench.defer(() => runCommand(['losetup', '--detach', device]))
    const { stdout } = await runCommand(['sfdisk', '--json', device])
    expect(JSON.parse(stdout)).toMatchObject({
      partitiontable: { label: 'gpt', sectorsize: 4096, partitions: [{ node: `${device}p3`, start: 2048, size: 1024, type, uuid, name: 'datos' }] },
    })
    expect((await readFile(copied)).subarray(8 * MB, 12 * MB).equals(noise('part', 4 * MB))).toBe(true)
  })

  test('is refused where the image is one of a partition, or its partitions overlap', async () => {
    await expect(OpenDisk.open(await revisionOf(await ext4()))).rejects.toMatchObject({ result: 'imageKind' })
    const path = await bench.empty('part', 4 * MB)
    await writeFile(path, noise('part', 4 * MB))
    const partition = (number: number, start: number) =>
      ({ number, start, size: 4 * MB, type: '83', uuid: '', name: '', attributes: '', bootable: false })
    const { manifest } = await captureVolumes({
      volumes: [1, 2].map((number) => ({ number, path, filesystem: 'none' as const, mode: 'sector' as const })),
      disk: { label: 'msdos', id: '0x1', size: 16 * MB, sectorSize: 512, firstLba: 1, lastLba: 32_767, partitions: [partition(1, MB), partition(2, 3 * MB)] },
      creator: 'test', source: 'test', store: bench.store,
    })
    expect((await readManifest(manifest)).facts.volumes).toHaveLength(2)
    await bench.store.addRevision({ image: 'bad', manifest: await bench.store.publish(manifest), description: '' })
    await expect(OpenRevision.open(bench.store, 'bad').then((revision) => OpenDisk.open(revision))).rejects.toMatchObject({ result: 'corruptImage' })
  })
})
