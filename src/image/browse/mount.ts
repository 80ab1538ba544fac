import { mkdir } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { AttachedDisk } from '../job/attached-disk.ts'
import { thisMachine } from '../disk/machine.ts'
import { isMounted, unmount, unmountAnyway } from '../mounts/unmount.ts'
import { CommandError, runCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { streamTied } from './tied-command.ts'

interface MountKind {
  type: string
  /** The FUSE server of a kernel without it, as Debian names it for mount(8). */
  fuse?: string
  /** Always. */
  options?: readonly string[]
  /** Only when nothing can be written: the journal of a filesystem that was not unmounted is left as it is. */
  readOnly?: readonly string[]
}

const EXT_JOURNAL = { readOnly: ['noload'] }
const FAT: MountKind = { type: 'vfat', options: ['utf8'] }

/** How filesystems are mounted. */
const KINDS: Partial<Record<Filesystem, MountKind>> = {
  ext2: { type: 'ext2' }, ext3: { type: 'ext3', ...EXT_JOURNAL }, ext4: { type: 'ext4', ...EXT_JOURNAL },
  // The same filesystem, with the same UUID, may well be mounted: the computer that the image was taken from.
  xfs: { type: 'xfs', options: ['nouuid'], readOnly: ['norecovery'] },
  // All subvolumes, whichever is the default one.
  btrfs: { type: 'btrfs', options: ['subvolid=5'], readOnly: ['rescue=nologreplay'] },
  ntfs: { type: 'ntfs-3g', options: ['no_detach'] },
  fat12: FAT, fat16: FAT, fat32: FAT, exfat: { type: 'exfat', fuse: 'exfat-fuse' }, f2fs: { type: 'f2fs' },
}

/** Milliseconds that a FUSE server may take to end once it is unmounted: with what it has written, or without. */
const LINGER = { written: 60_000, dropped: 5000 } as const

type Release = (linger: number) => Promise<unknown>

/** An image may come from anywhere: nothing in it gives anybody rights on this computer. */
const ALWAYS = ['nosuid', 'nodev']

export function canMount(filesystem: Filesystem): boolean {
  return KINDS[filesystem] !== undefined
}

export interface MountOptions extends CallOptions {
  /** Plain file with the filesystem. */
  file: string
  filesystem: Filesystem
  folder: string
  write: boolean
}

/** A filesystem in a plain file, mounted until `close`. */
export class MountedFile {
  readonly folder: string
  /** What follows the unmounting; a FUSE server goes on for a moment after it. */
  readonly #release: Release

  private constructor(folder: string, release: Release) {
    this.folder = folder
    this.#release = release
  }

  /** @throws `unknownFilesystem` nobody can mount it · `noWriteAccess` not root · `filesystem` the kernel does not take it */
  static async mount(options: MountOptions): Promise<MountedFile> {
    const { file, filesystem, folder, write } = options
    const kind = KINDS[filesystem]
    if (!kind) throw new ClonaulaError('unknownFilesystem', `${filesystem} cannot be mounted`, { target: filesystem })
    await mkdir(folder, { recursive: true })
    const rights = write ? ['rw'] : ['ro', ...(kind.readOnly ?? [])]
    const words = [...rights, ...ALWAYS, ...(kind.options ?? [])].join(',')
    const release = filesystem === 'ntfs' ? await serveNtfs(file, folder, words, options) : await mountLoop(file, folder, kind, words)
    return new MountedFile(folder, release)
  }

  /** Whether it is still there: anybody may unmount it. */
  async isThere(): Promise<boolean> {
    return isMounted(this.folder)
  }

  /** Returns when everything that was written is in the file. @returns false while somebody uses it */
  async unmount(): Promise<boolean> {
    if (await unmount(this.folder) !== undefined) return false
    await this.#release(LINGER.written)
    return true
  }

  /** Takes it away from whoever uses it; what was not written by then is lost. */
  async close(): Promise<void> {
    if (await this.isThere()) await unmountAnyway(this.folder)
    await this.#release(LINGER.dropped).catch(() => undefined)
  }
}

async function mountLoop(file: string, folder: string, { type, fuse }: MountKind, options: string): Promise<Release> {
  const loop = await AttachedDisk.attach(thisMachine(), file)
  const release = async (): Promise<void> => {
    // The kernel remembers the devices of btrfs by UUID, and would take another revision for the same one.
    if (type === 'btrfs') await runCommand(['btrfs', 'device', 'scan', '--forget', loop.device], { accept: [0, 1] })
    await loop[Symbol.asyncDispose]()
  }
  const mount = (as: string) => runCommand(['mount', '--types', as, '--options', options, loop.device, folder])
  try {
    await mount(type).catch((cause: unknown) => fuse && isUnknownType(cause) ? mount(fuse) : Promise.reject(cause))
    return release
  } catch (cause) {
    await release()
    throw mountError(cause)
  }
}

async function serveNtfs(file: string, folder: string, options: string, { signal }: CallOptions): Promise<Release> {
  const stop = new AbortController()
  const server = streamTied(['ntfs-3g', '-o', options, file, folder], { signal: stop.signal })
  server.stdin.end()
  server.stdout.resume()
  const appears = async (): Promise<void> => {
    while (!await isMounted(folder)) await sleep(20, undefined, { signal })
  }
  try {
    await Promise.race([appears(), server.done.then(() => Promise.reject(new ClonaulaError('filesystem', 'ntfs-3g ended at once')))])
  } catch (cause) {
    stop.abort()
    await server.done.catch(() => undefined)
    throw mountError(cause)
  }
  return async (linger) => {
    // Whoever still has a file open there, or a copy of the mount, keeps it alive.
    const timer = setTimeout(() => stop.abort(), linger)
    await server.done.finally(() => clearTimeout(timer))
  }
}

/** ENODEV of mount(2), in mount(8)'s words. */
function isUnknownType(cause: unknown): boolean {
  return cause instanceof CommandError && cause.stderr.includes('unknown filesystem type')
}

function mountError(cause: unknown): unknown {
  if (!(cause instanceof CommandError) || cause.exitCode === undefined) return cause
  return new ClonaulaError('filesystem', cause.message, { command: cause.argv[0], problem: cause.stderr.trim() }, { cause })
}
