import { open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { captureVolumes, type LocalRepository } from '#image/index.ts'
import { OpenRevision } from '#image/browse/revision.ts'
import { Bench, noise } from '../support.ts'
import { clonaula, done } from '../clonaula.ts'

const MB = 1024 * 1024
const PARTITION = 1 * MB

let bench: Bench
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

/**
 * Boot code (8086, at 0x7c00): prints a line on the first serial port, writes its own sector to `lba`, and switches the
 * machine off (ACPI's PM1a control, which SeaBIOS puts at 0x604).
 */
function bootCode(line: string, lba: number): Buffer {
  const code = Buffer.from([
    0x31, 0xc0, 0x8e, 0xd8, // xor ax, ax; mov ds, ax
    0xbe, 0, 0, 0xba, 0xf8, 0x03, // mov si, line; mov dx, 0x3f8
    0xac, 0x84, 0xc0, 0x74, 0x03, 0xee, 0xeb, 0xf8, // next: lodsb; test al, al; jz +3; out dx, al; jmp next
    0xbe, 0, 0, 0xb8, 0x00, 0x43, 0xb2, 0x80, 0xcd, 0x13, // mov si, packet; mov ax, 0x4300; mov dl, 0x80; int 0x13
    0xba, 0x04, 0x06, 0xb8, 0x00, 0x20, 0xef, // mov dx, 0x604; mov ax, 0x2000; out dx, ax
    0xf4, 0xeb, 0xfd, // stop: hlt; jmp stop
  ])
  const packet = Buffer.alloc(16) // INT 13h, AH=43h: disk address packet
  packet.set([16, 0, 1, 0, 0x00, 0x7c, 0, 0])
  packet.writeBigUInt64LE(BigInt(lba), 8)
  code.writeUInt16LE(0x7c00 + code.length + packet.length, 5)
  code.writeUInt16LE(0x7c00 + code.length, 19)
  return Buffer.concat([code, packet, Buffer.from(`${line}\r\n\0`)])
}

/** An image of a disk with one partition that BIOS starts. */
async function diskImage(store: LocalRepository, writesTo = PARTITION / 512 + 8): Promise<void> {
  const disk = await bench.empty('disk', 8 * MB)
  const file = await open(disk, 'r+')
  await file.write(bootCode('hola desde la imagen', writesTo))
  await file.close()
  const path = join(bench.folder, 'partition')
  await writeFile(path, noise('partition', 4 * MB))
  const { manifest } = await captureVolumes({
    volumes: [
      { number: 0, path: disk, filesystem: 'none', mode: 'sector', areas: [{ offset: 0, length: 440 }] },
      { number: 1, path, filesystem: 'none', mode: 'sector' },
    ],
    disk: {
      label: 'msdos', id: '0x12345678', size: 8 * MB, sectorSize: 512, firstLba: 1, lastLba: 16_383,
      partitions: [{ number: 1, start: PARTITION, size: 4 * MB, type: '83', uuid: '', name: '', attributes: '', bootable: true }],
    },
    creator: 'test', source: 'test', store,
  })
  await store.addRevision({ image: 'disco', manifest: await store.publish(manifest), description: '' })
}

describe('try', () => {
  test('starts the image in a machine, whose serial port is seen; what it writes is gone', async () => {
    await diskImage(bench.store)
    const { code, out } = await clonaula('try', '--repo', bench.store.root, 'disco', '--memory', '64')
    expect(out).toContain('hola desde la imagen')
    expect(out).toContain('What it wrote is discarded')
    expect(code).toBe(0)
    expect(await bench.store.listRefs()).toHaveLength(1)
  })

  test('saves what the machine wrote, and that alone', async () => {
    await diskImage(bench.store)
    await bench.store.close()
    const { code, out, err } = await clonaula('try', '--repo', bench.store.root, 'disco', '--memory', '64', '--save', '--description', 'tried', '--json')
    expect(err).toContain('hola desde la imagen')
    expect(code).toBe(0)
    const { firmware, saved } = JSON.parse(out) as { firmware: string; saved: { revision: number; figures: { newBytes: number } } }
    expect(firmware).toBe('bios')
    expect(saved).toMatchObject({ image: 'disco', revision: 2, parent: 1 })
    expect(saved.figures.newBytes).toBeLessThanOrEqual(512 * 1024)
    const [before, after] = [await OpenRevision.open(bench.store, 'disco@1'), await OpenRevision.open(bench.store, 'disco@2')]
    const [was, is] = [Buffer.alloc(4 * MB), Buffer.alloc(4 * MB)]
    await before.volume(1).read(was, 0)
    await after.volume(1).read(is, 0)
    const boot = Buffer.alloc(440)
    await before.volume(0).read(boot, 0)
    expect(is.subarray(8 * 512, 8 * 512 + 440).equals(boot)).toBe(true)
    is.set(was.subarray(8 * 512, 9 * 512), 8 * 512)
    expect(is.equals(was)).toBe(true)
  })

  test('a machine that writes over the partition table makes no revision', async () => {
    await diskImage(bench.store, 1) // the gap behind the table is not part of this image
    await bench.store.close()
    const { code } = await clonaula('try', '--repo', bench.store.root, 'disco', '--memory', '64', '--save')
    expect(code).toBe(5)
    expect(await bench.store.listRefs()).toHaveLength(1)
  })

  test('the image of a partition is refused', async () => {
    const path = await bench.empty('source', MB)
    const { manifest } = await bench.capture(path, 'none')
    await bench.store.addRevision({ image: 'parte', manifest: await bench.store.publish(manifest), description: '' })
    expect(await clonaula('try', '--repo', bench.store.root, 'parte')).toMatchObject({ code: 120 })
    expect((await done('list', '--repo', bench.store.root))).toHaveLength(1)
  })
})
