import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { CACHE_LABEL } from '#shared/domain/cache.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { CacheStore } from '#image/cache/cache-store.ts'
import type { Run } from '#image/disk/machine.ts'
import { listMounts } from '#image/mounts/mount-table.ts'
import { unmountAnyway } from '#image/mounts/unmount.ts'

/** Folder of the partition that is ours; what else is on it is somebody else's. */
const FOLDER = 'clonaula'

/** Whoever is root in the computer's own system can write what he likes into its CACHE: nothing in it leads elsewhere, or runs. */
const MOUNT_SAFETY = 'nosuid,nodev,noexec,nosymfollow'

export interface MountOptions {
  /** Folder of this agent, in which the partition is mounted. */
  state: string
  run: Run
}

/** A CACHE for as long as something is done with it. In between it is not mounted: power may fail, and disks be restored whole. */
export class MountedCache {
  readonly #options: MountOptions
  #device: string
  #store: CacheStore

  private constructor(device: string, options: MountOptions, store: CacheStore) {
    this.#device = device
    this.#options = options
    this.#store = store
  }

  /** @throws `cache` it cannot be mounted or checked · `noSpace`, `image` its folder is not what it should be */
  static async open(device: string, options: MountOptions): Promise<MountedCache> {
    return new MountedCache(device, options, await openStore(device, options))
  }

  get device(): string {
    return this.#device
  }

  /** The same until it is formatted or moved. */
  get store(): CacheStore {
    return this.#store
  }

  /** Empties it. @throws `formatFailed` · `cache` */
  async format(): Promise<void> {
    await this[Symbol.asyncDispose]()
    await makeFilesystem(this.#device, this.#options.run)
    this.#store = await openStore(this.#device, this.#options)
  }

  /**
   * Runs what gives the partition another number, while it is not mounted.
   * @param work returns its device of afterwards
   * @throws `inUse` somebody else has mounted it too · what `work` throws
   */
  async aside(work: () => Promise<string>): Promise<void> {
    await this[Symbol.asyncDispose]()
    if (await isMounted(this.#device)) throw new ClonaulaError('inUse', `${this.#device} is mounted`, { target: this.#device })
    this.#device = await work()
    this.#store = await openStore(this.#device, this.#options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close()
    await unmountOwn(this.#device, this.#options)
  }
}

async function isMounted(device: string): Promise<boolean> {
  return (await listMounts()).some(({ source }) => source === device)
}

async function openStore(device: string, options: MountOptions): Promise<CacheStore> {
  const place = await mountCache(device, options)
  try {
    return await CacheStore.open(join(place, FOLDER))
  } catch (cause) {
    await unmountOwn(device, options)
    throw cause
  }
}

/** Runs what only looks at a CACHE. @param work gets our folder of it, and the folder of the whole partition */
export async function lookingAt<T>(device: string, options: MountOptions, work: (folder: string, mounted: string) => Promise<T>): Promise<T> {
  const place = await mountCache(device, options, 'ro')
  try {
    return await work(join(place, FOLDER), place)
  } finally {
    await unmountOwn(device, options)
  }
}

/** The filesystem of a CACHE: few large files, and nothing kept back for root. @throws `formatFailed` */
export async function makeFilesystem(device: string, run: Run): Promise<void> {
  await run(['mkfs.ext4', '-q', '-F', '-L', CACHE_LABEL, '-m', '0', '-T', 'largefile', device]).catch((cause: unknown) => {
    throw new ClonaulaError('formatFailed', `${device}: ${message(cause)}`, { target: device, problem: message(cause) }, { cause })
  })
}

/**
 * Unmounts what this agent, or one of before that was killed, has mounted of a CACHE.
 * Others who have mounted it (an administrator) keep it.
 */
export async function unmountOwn(device: string, { state }: Pick<MountOptions, 'state'>): Promise<void> {
  const place = join(state, 'cache')
  for (const mount of (await listMounts()).toReversed()) {
    if (mount.source === device && mount.place === place) await unmountAnyway(place)
  }
}

async function mountCache(device: string, options: MountOptions, access: 'rw' | 'ro' = 'rw'): Promise<string> {
  const { run, state } = options
  const place = join(state, 'cache')
  await unmountOwn(device, options)
  try {
    if (!await isMounted(device)) await check(device, run)
    await mkdir(place, { recursive: true })
    await run(['mount', '--types', 'ext4', '--options', `${access},noatime,${MOUNT_SAFETY}`, device, place])
    return place
  } catch (cause) {
    throw new ClonaulaError('cache', `${device}: ${message(cause)}`, { target: device }, { cause })
  }
}

/** Nothing to wait for after a clean end; otherwise the journal is replayed, and what that does not mend is mended. */
async function check(device: string, run: Run): Promise<void> {
  const { code, stdout } = await run(['e2fsck', '-p', device], { accept: [0, 1, 2, 4, 8, 12] })
  if (code >= 4) throw new Error(`e2fsck: ${stdout.trim().slice(-300)}`)
}

function message(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
