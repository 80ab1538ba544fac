import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, open, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { captureVolumes, LocalRepository, restoreVolumes, runCommand, streamCommand, type CaptureResult } from '#image/index.ts'

/** A folder with a repository, and what has to be undone in it. */
export class Bench {
  readonly folder: string
  readonly store: LocalRepository
  readonly #undo: (() => Promise<unknown>)[] = []

  private constructor(folder: string, store: LocalRepository) {
    this.folder = folder
    this.store = store
  }

  static async open(): Promise<Bench> {
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-it-'))
    // `ip netns exec` takes a copy of every mount with it, which would keep ours alive after `umount`: shared
    // mounts are unmounted in the copies too.
    await runCommand(['mount', '--bind', folder, folder])
    await runCommand(['mount', '--make-shared', folder])
    return new Bench(folder, await LocalRepository.open(join(folder, 'repository')))
  }

  async close(): Promise<void> {
    for (const undo of this.#undo.splice(0).toReversed()) await undo()
    await runCommand(['umount', '--lazy', this.folder]) // a FUSE server may still have its last file open
    await rm(this.folder, { recursive: true, force: true })
  }

  /** Does something when the test is over, however it ends. */
  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo)
  }

  async empty(name: string, size: number): Promise<string> {
    const path = join(this.folder, name)
    await writeFile(path, '')
    await truncate(path, size)
    return path
  }

  /** Mounts a filesystem for as long as `work` takes. */
  async mounted<T>(image: string, work: (folder: string) => Promise<T>, mount: MountCommand = LOOP): Promise<T> {
    const folder = join(this.folder, 'mnt')
    await mkdir(folder, { recursive: true })
    const served = await mountOn(mount, image, folder)
    try {
      return await work(folder)
    } finally {
      await runCommand(['umount', folder])
      await Promise.all(served)
    }
  }

  /** A loop device for as long as the test takes. */
  async loop(image: string, ...options: string[]): Promise<string> {
    const device = await attach(image, ...options)
    this.defer(() => runCommand(['losetup', '--detach', device]))
    return device
  }

  /** A loop device for as long as `work` takes: what is written to it is in the file when this returns. */
  async attached<T>(image: string, work: (device: string) => Promise<T>): Promise<T> {
    const device = await attach(image)
    try {
      return await work(device)
    } finally {
      await runCommand(['losetup', '--detach', device])
    }
  }

  capture(path: string, filesystem: Filesystem): Promise<CaptureResult> {
    return captureVolumes({
      volumes: [{ number: 1, path, filesystem, mode: 'used' }], creator: 'test', source: 'test', store: this.store,
    })
  }

  /** Captures from a block device, publishes, and restores to another of `size` bytes, which it verifies. @returns the file behind that */
  async throughImage(path: string, filesystem: Filesystem, size: number): Promise<string> {
    const { manifest } = await this.attached(path, (device) => this.capture(device, filesystem))
    const id = await this.store.publish(manifest)
    const target = await this.empty(`restored-${size}`, size)
    await this.attached(target, async (device) => restoreVolumes({
      manifest: await this.store.manifest(id), volumes: [{ number: 1, path: device }], source: this.store, verify: true,
    }))
    return target
  }
}

/** A loop device without the partitions that a process that was killed may have left: it outlives its file. */
async function attach(image: string, ...options: string[]): Promise<string> {
  const device = (await runCommand(['losetup', '--find', '--show', ...options, image])).stdout.trim()
  await runCommand(['partx', '--delete', device], { accept: [0, 1] })
  return device
}

export type MountCommand = [string, ...string[]]
const LOOP: MountCommand = ['mount', '-o', 'loop']
export const NTFS: MountCommand = ['ntfs-3g', '-o', 'no_detach']

/** @returns what settles when everything is written: a FUSE server goes on after `umount` has returned */
async function mountOn(mount: MountCommand, image: string, folder: string): Promise<Promise<unknown>[]> {
  if (mount[0] !== NTFS[0]) {
    await runCommand([...mount, image, folder])
    return []
  }
  const server = streamCommand([...mount, image, folder])
  server.stdin.end()
  server.stdout.resume()
  const mounted = async () => {
    while ((await runCommand(['mountpoint', '-q', folder], { accept: [0, 1, 32] })).code !== 0) await sleep(20)
  }
  await Promise.race([mounted(), server.done])
  return [server.done]
}

/** Bytes that do not compress and are the same on every run. */
export function noise(seed: string, length: number): Buffer {
  return createHash('shake256', { outputLength: length }).update(seed).digest()
}

/** Files of many sizes, hard and symbolic links, a sparse file, odd names, deleted files between the others. */
export async function fill(folder: string, megabytes = 24): Promise<void> {
  await mkdir(join(folder, 'deep', 'ñandú & co'), { recursive: true })
  for (let at = 0; at < 200; at += 1) await writeFile(join(folder, 'deep', `small-${at}`), noise(`s${at}`, at * 37))
  for (let at = 0; at < megabytes; at += 1) await writeFile(join(folder, `large-${at}`), noise(`l${at}`, 1024 * 1024 + at * 4001))
  await writeFile(join(folder, 'deep', 'ñandú & co', 'texto.txt'), 'hola\n'.repeat(10_000))
  for (let at = 0; at < megabytes; at += 4) await rm(join(folder, `large-${at}`))
  const sparse = await open(join(folder, 'sparse'), 'w')
  await sparse.write(noise('sparse', 5000), 0, 5000, 10_000_000)
  await sparse.truncate(20_000_000)
  await sparse.close()
}

/** Links, modes, owners and attributes, where the filesystem has them. */
export async function fillUnix(folder: string): Promise<void> {
  await fill(folder)
  await runCommand(['ln', join(folder, 'large-1'), join(folder, 'deep', 'hard')])
  await runCommand(['ln', '-s', '../large-1', join(folder, 'deep', 'soft')])
  await runCommand(['chown', '1234:567', join(folder, 'large-2')])
  await runCommand(['chmod', '4711', join(folder, 'large-2')])
  await runCommand(['setfattr', '-n', 'user.origin', '-v', 'aula 3', join(folder, 'large-2')])
  await runCommand(['mknod', join(folder, 'device'), 'b', '7', '99'])
}

/** What is in a tree: names, kinds, modes, owners, sizes, times, links, attributes, content. */
export function describeFiles(folder: string): Promise<string> {
  return describe(folder, '%p %y %m %U:%G %s %n %T@ %l\n')
}

/** The same, with inode numbers and the blocks that each file takes (`sparse` stays sparse). */
export function describeTree(folder: string): Promise<string> {
  return describe(folder, '%p %y %m %U:%G %s %n %T@ %l %i %b\n')
}

/** What FAT and exFAT keep: names, sizes, times and content of files. */
export async function describeContent(folder: string): Promise<string> {
  const { stdout: facts } = await runCommand(['find', '.', '-type', 'f', '-printf', '%p %s %T@\n'], { cwd: folder })
  return facts.split('\n').sort().join('\n') + await checksums(folder)
}

async function checksums(folder: string): Promise<string> {
  return (await runCommand(['sh', '-c', 'find . -type f -print0 | sort -z | xargs -0 sha256sum'], { cwd: folder })).stdout
}

async function describe(folder: string, format: string): Promise<string> {
  const { stdout: facts } = await runCommand(['find', '.', '-printf', format], { cwd: folder })
  const { stdout: attributes } = await runCommand(['getfattr', '-R', '-d', '-m', 'user', '.'], { cwd: folder })
  return [facts.split('\n').sort().join('\n'), await checksums(folder), attributes].join('\n')
}

/** Overwrites bytes of a file with others. */
export async function patch(path: string, offset: number, change: (bytes: Buffer) => void, length = 16): Promise<void> {
  const bytes = (await readFile(path)).subarray(offset, offset + length)
  change(bytes)
  const file = await open(path, 'r+')
  await file.write(bytes, 0, length, offset)
  await file.close()
}
