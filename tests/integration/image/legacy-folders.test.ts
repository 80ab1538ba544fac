import { copyFile, mkdir, open, readdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { runCommand } from '#image/index.ts'
import { planImport } from '#image/import/import-image.ts'
import { parseSfdiskDump } from '#image/import/sfdisk-dump.ts'
import { clonaula } from './clonaula.ts'
import {
  compressed, expectBegins, filesystem, imported, leftovers, MIB, partclone, restored, restoredVolume, split, type KindName,
} from './legacy-support.ts'
import { Bench, noise } from './support.ts'

const SWAP_UUID = '6a1f5c9e-2b64-4c0b-9a51-3f0d7c5b8e21'
const HOST_DISK = { mbr: '/dev/sda', gpt: '/dev/nvme0n1' }

interface Partition {
  number: number
  /** MiB. */
  start: number
  size: number
  kind: KindName | 'swap' | 'raw' | 'none'
  type: string
}

/** BIOS: logical partitions, a swap area, GRUB in the gap. UEFI: an ESP, data, and a partition of no known content. */
const TABLES: Record<'mbr' | 'gpt', { size: number; header: string; partitions: Partition[] }> = {
  mbr: {
    size: 170, header: 'label: dos\nlabel-id: 0x1b2c3d4e\n',
    partitions: [
      { number: 1, start: 1, size: 40, kind: 'ntfs', type: '7, bootable' },
      { number: 2, start: 41, size: 128, kind: 'none', type: '5' },
      { number: 5, start: 42, size: 48, kind: 'ext4', type: '83' },
      { number: 6, start: 92, size: 77, kind: 'swap', type: '82' },
    ],
  },
  gpt: {
    size: 140, header: 'label: gpt\nlabel-id: 5FBB9B8C-4F3B-4A5D-8A3B-0E7B5F0D1C11\n',
    partitions: [
      { number: 1, start: 1, size: 40, kind: 'fat32', type: 'C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="EFI, system"' },
      { number: 2, start: 41, size: 48, kind: 'ext4', type: '0FC63DAF-8483-4772-8E79-3D69D8477DE4' },
      { number: 4, start: 100, size: 20, kind: 'raw', type: 'EBD0A0A2-B9E5-4433-87C0-68B6B72699C7' },
    ],
  },
}

let bench: Bench
/** Of the disks, which take longer to make than to import: they are made once, and nobody changes them. */
let sources: Bench
const disks = new Map<string, SourceDisk>()
beforeAll(async () => {
  sources = await Bench.open()
})
afterAll(async () => {
  await sources.close()
})
beforeEach(async () => {
  bench = await Bench.open()
})
afterEach(async () => {
  await bench.close()
})

interface SourceDisk {
  table: 'mbr' | 'gpt'
  /** The disk, with its table and what is in front of the first partition. */
  path: string
  /** `sfdisk -d` as it reads on the host. */
  dump: string
  /** By partition: the content, and for filesystems the image of partclone. */
  parts: Map<number, { source: string; image?: string }>
}

async function sourceDisk(table: 'mbr' | 'gpt', ...options: string[]): Promise<SourceDisk> {
  const name = [table, ...options].join('')
  const made = disks.get(name) ?? await makeDisk(name, table, options)
  disks.set(name, made)
  return made
}

async function makeDisk(name: string, table: 'mbr' | 'gpt', options: readonly string[]): Promise<SourceDisk> {
  const { size, header, partitions } = TABLES[table]
  const path = await sources.empty(`${name}-disk`, size * MIB)
  const lines = partitions.map(({ number, start, size, type }) => `${path}${number} : start=${start * 2048}, size=${size * 2048}, type=${type}`)
  await runCommand(['sfdisk', '--quiet', '--no-tell-kernel', path], { stdin: `${header}unit: sectors\n\n${lines.join('\n')}\n` })
  await writeAt(path, 0, noise('boot', 440))
  if (table === 'mbr') await writeAt(path, 512, noise('grub', 70_000))
  const parts: SourceDisk['parts'] = new Map()
  for (const { number, size, kind } of partitions) {
    if (kind === 'none') continue
    const part = `${name}-part-${number}`
    const source = join(sources.folder, part)
    if (kind === 'raw') await writeFile(source, Buffer.concat([noise('raw', 2 * MIB), Buffer.alloc((size - 2) * MIB)]))
    else if (kind === 'swap') await runCommand(['mkswap', '-q', '-U', SWAP_UUID, await sources.empty(part, size * MIB)])
    else await filesystem(sources, part, kind, size * MIB)
    const image = kind === 'raw' || kind === 'swap' ? {} : { image: await partclone(source, kind, ...options) }
    parts.set(number, { source, ...image })
  }
  const { stdout } = await runCommand(['sfdisk', '-d', path])
  return { table, path, dump: stdout.replaceAll(path, HOST_DISK[table]).replaceAll(/(nvme0n1)(\d+ :)/g, '$1p$2'), parts }
}

async function writeAt(path: string, offset: number, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'r+')
  await file.write(bytes, 0, bytes.length, offset)
}

async function bytesAt(path: string, offset: number, length: number): Promise<Buffer> {
  await using file = await open(path)
  return (await file.read(Buffer.alloc(length), 0, length, offset)).buffer
}

const FOG: Record<string, [string, ...string[]]> = { mbr: ['gzip', '-c'], gpt: ['zstd', '-qc', '-19'] }

/** As FOG keeps a disk in `/images/NAME`. */
async function fogFolder({ table, path, dump, parts }: SourceDisk): Promise<string> {
  const folder = join(bench.folder, 'aula 3')
  await mkdir(folder)
  const file = (name: string): string => join(folder, name)
  await writeFile(file('d1.partitions'), dump)
  await writeFile(file('d1.minimum.partitions'), dump)
  await writeFile(file('d1.fixed_size_partitions'), '1')
  await writeFile(file('d1.has_grub'), '')
  if (table === 'mbr') await runCommand(['dd', 'status=none', `if=${path}`, `of=${file('d1.mbr')}`, 'bs=512', 'count=2048'])
  else await runCommand(['sgdisk', '-b', file('d1.mbr'), path])
  await writeFile(file('d1.original.fstypes'), '/dev/sda1 ntfs\n/dev/sda6 swap\n')
  if (table === 'mbr') await writeFile(file('d1.original.swapuuids'), `6 ${SWAP_UUID}\n`)
  for (const [number, { image }] of parts) {
    if (image === undefined) continue
    const name = file(`d1p${number}.img`)
    await compressed(image, name, FOG[table]!)
    if (number === 5) await split(name, 500_000, '-d', '-a', '3')
  }
  return folder
}

const CLONEZILLA: Record<string, [string, [string, ...string[]]]> = { mbr: ['lz4', ['lz4', '-qc']], gpt: ['zst', ['zstd', '-qc']] }

/** As Clonezilla's savedisk does it. */
async function clonezillaFolder({ table, path, dump, parts }: SourceDisk): Promise<string> {
  const folder = join(bench.folder, '2026-02-03-img')
  await mkdir(folder)
  const file = (name: string): string => join(folder, name)
  const disk = HOST_DISK[table].slice('/dev/'.length)
  const device = (number: number): string => (table === 'gpt' ? `${disk}p${number}` : `${disk}${number}`)
  await writeFile(file('clonezilla-img'), 'This image was saved by Clonezilla\n')
  await writeFile(file('disk'), `${disk}\n`)
  await writeFile(file('parts'), `${[...parts.keys()].map(device).join(' ')}\n`)
  await writeFile(file(`${disk}-pt.sf`), dump)
  await writeFile(file(`${disk}-pt.parted`), `Model: ATA (scsi)\nDisk ${HOST_DISK[table]}: ${(await stat(path)).size / 512}s\nSector size (logical/physical): 512B/512B\n`)
  await runCommand(['dd', 'status=none', `if=${path}`, `of=${file(`${disk}-mbr`)}`, 'bs=512', 'count=1'])
  if (table === 'mbr') await runCommand(['dd', 'status=none', `if=${path}`, `of=${file(`${disk}-hidden-data-after-mbr`)}`, 'bs=512', 'skip=1', 'count=2047'])
  else await writeFile(file('efi-nvram.dat'), 'BootCurrent: 0001\n')
  const [ending, argv] = CLONEZILLA[table]!
  for (const { number, kind } of TABLES[table].partitions) {
    const part = parts.get(number)
    if (kind === 'swap') await writeFile(file(`swappt-${device(number)}.info`), `UUID="${SWAP_UUID}"\nLABEL=""\n`)
    else if (kind === 'raw') await compressed(part!.source, file(`${device(number)}.dd-img`), argv)
    else if (part?.image !== undefined) {
      const name = file(`${device(number)}.${kind === 'fat32' ? 'vfat' : kind}-ptcl-img.${ending}`)
      await compressed(part.image, name, argv)
      await split(name, 1_000_000, '-a', '2')
    }
  }
  return folder
}

async function writeSums(folder: string, file: string, program: string): Promise<void> {
  const names = (await readdir(folder)).sort()
  await writeFile(join(folder, file), (await runCommand([program, ...names], { cwd: folder })).stdout)
}

/** Imports a folder from the command line, restores all of it to a new disk, and compares that with the source. */
async function expectSameDisk(disk: SourceDisk, folder: string): Promise<Record<string, unknown>> {
  const repo = join(bench.folder, 'images')
  const { code, out, err } = await clonaula('import', '--repo', repo, '--name', 'aula', folder, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  const target = await bench.empty('restored', TABLES[disk.table].size * MIB)
  expect(await clonaula('restore', '--repo', repo, 'aula', target, '--no-grow', '--yes', '--json')).toMatchObject({ code: 0, err: '' })
  const { stdout } = await runCommand(['sfdisk', '-d', target])
  expect(table(stdout)).toEqual(table(disk.dump))
  const gap = disk.table === 'mbr' ? MIB - 512 : 0
  expect((await bytesAt(target, 0, 440)).equals(noise('boot', 440))).toBe(true)
  expect((await bytesAt(target, 512, gap)).equals(await bytesAt(disk.path, 512, gap))).toBe(true)
  for (const { number, start, size, kind } of TABLES[disk.table].partitions) {
    const part = disk.parts.get(number)
    if (!part || (kind === 'raw' && folder.includes('aula 3'))) continue
    const found = join(bench.folder, `found-${number}`)
    await runCommand(['dd', 'status=none', `if=${target}`, `of=${found}`, 'bs=1M', `skip=${start}`, `count=${size}`])
    if (kind === 'swap') await runCommand(['cmp', '--bytes', '4096', found, part.source])
    else if (kind !== 'none') await expectBegins(found, part.image === undefined ? part.source : await restored(part.image), kind === 'raw' ? undefined : kind)
  }
  return JSON.parse(out) as Record<string, unknown>
}

/** What a table says, without the names of devices and the room that partitions may use. */
function table(dump: string): string[] {
  return dump.split('\n').filter((line) => line.startsWith('label') || line.includes('start='))
    .map((line) => line.replace(/^\S+?(\d+) :/, '$1 :').replaceAll(/\s+/g, ' '))
}

describe('FOG', () => {
  test('keeps a disk that BIOS starts: gzip, split, swap areas by their UUID', async () => {
    const disk = await sourceDisk('mbr', '-a', '0')
    const report = await expectSameDisk(disk, await fogFolder(disk))
    expect(report).toMatchObject({
      format: 'fog', source: 'FOG: aula 3', volumes: [{ number: 0 }, { number: 1, compression: 'gzip' }, { number: 5 }, { number: 6, filesystem: 'swap', uuid: SWAP_UUID }],
    })
    expect(report['notes']).toContainEqual({ kind: 'noBlockChecksums', partition: 1 })
    expect((report['volumes'] as { files: string[] }[])[2]!.files.length).toBeGreaterThan(1)
  })

  test('keeps a disk that UEFI starts: zstd; a partition of which nothing was saved is said', async () => {
    const disk = await sourceDisk('gpt', '-a', '0')
    const report = await expectSameDisk(disk, await fogFolder(disk))
    expect(report).toMatchObject({ disk: { label: 'gpt', size: 140 * MIB }, volumes: [{ number: 0 }, { filesystem: 'fat32', label: 'ESP' }, { filesystem: 'ext4', compression: 'zstd' }] })
    expect(report['notes']).toContainEqual({ kind: 'notSaved', partition: 'd1p4' })
    // Older versions list no partitions of such a disk: sgdisk's backup has the same table.
    const folder = join(bench.folder, 'aula 3')
    await rename(join(folder, 'd1.partitions'), join(bench.folder, 'kept'))
    expect((await planImport(folder, 'auto')).disk).toEqual(report['disk'])
  })

  test('keeps logical volumes, and second disks, which are left out with the reason', async () => {
    const disk = await sourceDisk('gpt', '-a', '0')
    const folder = await fogFolder(disk)
    await writeFile(join(folder, 'd1p4.lvm'), 'vg0')
    await copyFile(join(folder, 'd1.partitions'), join(folder, 'd2.partitions'))
    await copyFile(join(folder, 'd1p2.img'), join(folder, 'd1p4.root.img'))
    const { notes } = await imported(bench, folder)
    expect(notes).toEqual(expect.arrayContaining([{ kind: 'lvm', partition: 'd1p4', files: ['d1p4.root.img'] }, { kind: 'otherDisk', disk: 'd2' }]))
    const alone = await imported(bench, join(folder, 'd1p4.root.img'), { name: 'root' })
    expect(alone).toMatchObject({ format: 'partclone', figures: { newChunks: 0 }, volumes: [{ filesystem: 'ext4' }] })
  })

  test('kept Windows 7 without a table before 1.0: its partitions come back', async () => {
    const { parts } = await sourceDisk('mbr', '-a', '0')
    const folder = join(bench.folder, 'win7')
    await mkdir(folder)
    const [boot, system] = [parts.get(5)!.image!, parts.get(1)!.image!]
    await compressed(boot, join(folder, 'rec.img.000'), FOG['mbr']!)
    await split(await compressed(system, join(folder, 'sys.img'), FOG['mbr']!), 500_000, '-d', '-a', '3')
    const report = await imported(bench, folder)
    expect(report).toMatchObject({ format: 'fog', volumes: [{ number: 1, filesystem: 'ext4' }, { number: 2, filesystem: 'ntfs' }] })
    expect(report.disk).toBeUndefined()
    expect(report.notes).toContainEqual({ kind: 'partitionsOnly' })
    await expectBegins(await restoredVolume(bench, report, 1), await restored(boot))
    await expectBegins(await restoredVolume(bench, report, 2), await restored(system), 'ntfs')
  })

  test('lacks a part, its table, or all its partitions: refused, and nothing stays', async () => {
    const disk = await sourceDisk('mbr', '-a', '0')
    const folder = await fogFolder(disk)
    await rename(join(folder, 'd1p5.img.000'), join(bench.folder, 'kept'))
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 33, params: { reason: 'missingPart' } })
    await rename(join(bench.folder, 'kept'), join(folder, 'd1p5.img.000'))
    await rename(join(folder, 'd1.partitions'), join(bench.folder, 'kept'))
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 5, params: { reason: 'noTable' } })
    await writeFile(join(folder, 'd1.partitions'), disk.dump.replaceAll(/size= *\d+/g, 'size= 2048'))
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 33, params: { reason: 'smallPartition', file: 'd1p1.img' } })
    expect(await leftovers(bench)).toEqual([])
  })
})

describe('Clonezilla', () => {
  test('keeps a disk that BIOS starts: hidden data, split images, swap areas', async () => {
    const disk = await sourceDisk('mbr')
    const folder = await clonezillaFolder(disk)
    await writeSums(folder, 'MD5SUMS', 'md5sum')
    const report = await expectSameDisk(disk, folder)
    expect(report).toMatchObject({
      format: 'clonezilla', source: 'Clonezilla: 2026-02-03-img', disk: { size: 170 * MIB }, sums: { algorithms: ['md5'] },
      volumes: [{ number: 0 }, { number: 1, compression: 'lz4', checksum: 'verified' }, { number: 5 }, { number: 6, uuid: SWAP_UUID }],
    })
    expect(report['notes']).toEqual([])
  })

  test('keeps a disk that UEFI starts: a raw partition, and the firmware’s entries that are left out', async () => {
    const disk = await sourceDisk('gpt')
    const folder = await clonezillaFolder(disk)
    await writeSums(folder, 'B2SUMS', 'b2sum')
    const report = await expectSameDisk(disk, folder)
    expect(report).toMatchObject({
      sums: { algorithms: ['blake2b'] },
      volumes: [{ number: 0 }, { filesystem: 'fat32' }, { filesystem: 'ext4' }, { number: 4, container: 'raw', compression: 'zstd', size: 20 * MIB }],
    })
    expect(report['notes']).toEqual([
      { kind: 'firmwareEntries' }, { kind: 'blockByBlock', partition: 4, content: '' }, { kind: 'noBlockChecksums', partition: 4 },
    ])
  })

  test('keeps chosen partitions: an image without a disk', async () => {
    const folder = await clonezillaFolder(await sourceDisk('mbr'))
    await rename(join(folder, 'disk'), join(bench.folder, 'kept'))
    await writeFile(join(folder, 'parts'), 'sda5\n')
    const report = await imported(bench, folder)
    expect(report.disk).toBeUndefined()
    expect(report.volumes).toMatchObject([{ number: 5, filesystem: 'ext4', size: 48 * MIB }])
  })

  test('has a file that is not what its sum says', async () => {
    const folder = await clonezillaFolder(await sourceDisk('mbr'))
    await writeSums(folder, 'SHA1SUMS', 'sha1sum')
    await writeAt(join(folder, 'sda5.ext4-ptcl-img.lz4.aa'), 5000, Buffer.from('damage'))
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 33, params: { reason: 'wrongSum', place: 'sda5.ext4-ptcl-img.lz4.aa' } })
    expect(await leftovers(bench)).toEqual([])
  })

  test('has names that lead elsewhere, links, or a raw image that ends too early or too late', async () => {
    const disk = await sourceDisk('gpt')
    const folder = await clonezillaFolder(disk)
    await writeFile(join(folder, 'MD5SUMS'), `${'0'.repeat(32)}  ../../etc/passwd\n`)
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 33, params: { reason: 'unsafeName' } })
    await runCommand(['rm', join(folder, 'MD5SUMS')])
    const raw = join(folder, 'nvme0n1p4.dd-img')
    const { source } = disk.parts.get(4)!
    for (const bytes of [(await readFile(source)).subarray(0, 20 * MIB - 512), Buffer.concat([await readFile(source), Buffer.alloc(512)])]) {
      await writeFile(raw, bytes)
      await expect(imported(bench, folder)).rejects.toMatchObject({ code: 33, params: { file: 'nvme0n1p4.dd-img' } })
    }
    await runCommand(['ln', '-sf', '/etc/shadow', raw])
    expect((await imported(bench, folder)).notes).toContainEqual({ kind: 'notSaved', partition: 'nvme0n1p4' })
    for (const parts of ['../../etc/passwd', 'sda1;rm', 'sda$(x)']) {
      await writeFile(join(folder, 'parts'), parts)
      await expect(imported(bench, folder, { name: 'other' })).rejects.toMatchObject({ code: 33, params: { reason: 'unsafeName' } })
    }
    expect((await bench.store.listRefs()).map(({ image }) => image)).toEqual(['imported'])
  })

  test.each([['sda5.aa', 'partimage'], ['sda5.ntfs-img.aa', 'ntfsclone']])('has %s: refused with the reason', async (name, reason) => {
    const folder = await clonezillaFolder(await sourceDisk('mbr'))
    for (const part of (await readdir(folder)).filter((part) => part.startsWith('sda5.'))) await runCommand(['rm', join(folder, part)])
    await writeFile(join(folder, name), 'x')
    await expect(imported(bench, folder)).rejects.toMatchObject({ code: 5, params: { reason, file: name } })
  })
})

describe('OpenGnsys keeps every sector of a disk', () => {
  /** A disk with its partitions on it. */
  async function wholeDisk({ table, path, parts }: SourceDisk): Promise<string> {
    const whole = join(bench.folder, 'whole')
    await copyFile(path, whole)
    for (const { number, start } of TABLES[table].partitions) {
      const part = parts.get(number)
      if (part) await runCommand(['dd', 'status=none', `if=${part.source}`, `of=${whole}`, 'bs=1M', `seek=${start}`, 'conv=notrunc,sparse'])
    }
    return whole
  }

  test.each<['mbr' | 'gpt', string]>([
    ['mbr', 'of partclone, compressed by lzop'], ['gpt', 'of dd'],
  ])('(%s, %s): all of its partitions, each on its own', async (table) => {
    const disk = await sourceDisk(table, '-a', '0')
    const whole = await wholeDisk(disk)
    const file = join(bench.folder, 'aula.dsk')
    if (table === 'gpt') await rename(whole, file)
    else {
      await runCommand(['partclone.imager', '-c', '-F', '-q', '-f', '0', '-L', '/dev/null', '-s', whole, '-O', `${file}.ptcl`])
      await compressed(`${file}.ptcl`, file, ['lzop', '-c'])
    }
    const report = await imported(bench, file)
    expect(report).toMatchObject({ format: 'opengnsys', source: 'OpenGnsys: aula.dsk', disk: { size: TABLES[table].size * MIB } })
    expect(report.disk!.partitions).toEqual(parseSfdiskDump(disk.dump).layout.partitions)
    const checksum = table === 'mbr' ? 'verified' : 'none'
    const bootBytes = table === 'mbr' ? 440 + MIB - 512 : 440
    expect(report.volumes).toMatchObject([{ number: 0, bytesRead: bootBytes }, ...[...disk.parts.keys()].map((number) => ({ number, checksum, files: ['aula.dsk'] }))])
    for (const [number, { source }] of disk.parts) await runCommand(['cmp', await restoredVolume(bench, report, number), source])
  })

  test('damaged behind its last partition, or without a table: refused, and nothing stays', async () => {
    const file = join(bench.folder, 'aula.dsk')
    await compressed(await wholeDisk(await sourceDisk('gpt', '-a', '0')), file, ['gzip', '-1c'])
    const bytes = await readFile(file)
    await writeAt(file, bytes.length - 6, Buffer.from([bytes.at(-6)! ^ 1]))
    await expect(imported(bench, file)).rejects.toMatchObject({ code: 33, params: { file: 'aula.dsk' } })
    await writeFile(file, Buffer.alloc(2 * MIB))
    await expect(imported(bench, file)).rejects.toMatchObject({ code: 5, params: { reason: 'unknownTable', file: 'aula.dsk' } })
    await writeFile(file, 'short')
    await expect(imported(bench, file)).rejects.toMatchObject({ code: 33, params: { file: 'aula.dsk' } })
    expect(await leftovers(bench)).toEqual([])
  })
})

test('a folder of Clonezilla that is encrypted, and a file that is, are refused as that', async () => {
  const folder = join(bench.folder, 'encrypted')
  await mkdir(folder)
  await writeFile(join(folder, 'ecryptfs.info'), 'disk_of_img="sda"\nparts_of_img="sda1"\n')
  await writeFile(join(folder, 'parts'), Buffer.alloc(8192, 0xa5))
  for (const format of ['auto', 'clonezilla'] as const) {
    await expect(imported(bench, folder, { format })).rejects.toMatchObject({ code: 5, params: { reason: 'encrypted', file: 'encrypted' } })
  }
  const file = join(bench.folder, 'image.gpg')
  await writeFile(file, Buffer.concat([Buffer.from('8c0d04090302', 'hex'), Buffer.alloc(100_000, 0x5a)]))
  const { code, err } = await clonaula('import', '--repo', bench.store.root, '--name', 'x', file, '--lang', 'es')
  expect(code).toBe(5)
  expect(err).toContain('está cifrada')
  expect(await leftovers(bench)).toEqual([])
})

test('a folder of something else is refused', async () => {
  const folder = join(bench.folder, 'something')
  await mkdir(folder)
  await expect(imported(bench, folder)).rejects.toMatchObject({ code: 5, params: { reason: 'notLegacy' } })
  await expect(imported(bench, folder, { format: 'fog' })).rejects.toMatchObject({ code: 5, params: { reason: 'notThisFormat' } })
})
