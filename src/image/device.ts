import { constants } from 'node:fs'
import { open, readFile, stat, type FileHandle } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { findSignatures } from './disk/incomplete.ts'
import type { Extent } from './extents.ts'
import type { TargetDevice } from './restore/target-device.ts'
import { CommandError, runCommand, type Argv } from './run/run.ts'

/** Linux counts block devices in sectors of 512 bytes, whatever the disk's own. */
const KERNEL_SECTOR = 512

/** What a read past the kernel's cache has to be a multiple of, at least; a disk of larger sectors refuses it. */
const DIRECT_UNIT = 512

export interface DeviceOptions {
  write?: boolean
  /** Refuses a device that is mounted or otherwise claimed. */
  exclusive?: boolean
  /**
   * Has a block device's bytes come straight into the buffers that are read into, those that an `alignedBuffer` has: what is read once
   * needs no copy in the kernel's memory, of which a client has little, and whose pages cost a capture a quarter of its time (measured).
   */
  direct?: boolean
}

/** A block device or a plain file, with errors that name the place. */
export class Device implements TargetDevice {
  readonly path: string
  /** Bytes. */
  readonly size: number
  readonly #file: FileHandle
  readonly #block: boolean
  /** The same device, read past the kernel's cache. */
  #direct: FileHandle | undefined
  /** From the first to the last byte that was written since the last flush: of those that fail late the kernel does not say where. */
  #unflushed: Extent | undefined

  private constructor(path: string, size: number, block: boolean, file: FileHandle, direct: FileHandle | undefined) {
    this.path = path
    this.size = size
    this.#block = block
    this.#file = file
    this.#direct = direct
  }

  /** @throws `notFound` · `inUse` · `noWriteAccess` · `diskError` */
  static async open(path: string, options: DeviceOptions = {}): Promise<Device> {
    try {
      const { size, block, readOnly } = await deviceFacts(path)
      if (readOnly && options.write) throw new ClonaulaError('noWriteAccess', `${path} is read-only`, { device: path, target: path })
      // On Linux, O_EXCL without O_CREAT claims a block device as a mount does; on a file it means nothing.
      const exclusive = options.exclusive && block ? constants.O_EXCL : 0
      const file = await open(path, (options.write ? constants.O_RDWR : constants.O_RDONLY) | exclusive)
      return new Device(path, size, block, file, options.direct && block ? await openDirect(path) : undefined)
    } catch (cause) {
      throw openError(path, cause)
    }
  }

  /** Fills `into` from `offset`. @throws `diskError` with the place, also when the device ends before. */
  async read(into: Uint8Array, offset: number): Promise<void> {
    let done = 0
    while (done < into.length) {
      const { bytesRead } = await this.#at('read', offset + done, () => this.#readSome(into.subarray(done), offset + done))
      if (bytesRead === 0) throw this.#error('read', { offset: offset + done }, new Error('it ends here'))
      done += bytesRead
    }
  }

  /** @throws `diskError` with the place */
  async write(bytes: Uint8Array, offset: number): Promise<void> {
    const written = { offset, length: bytes.length }
    this.#unflushed = hull(this.#unflushed, written)
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.#at('write', offset + done, () =>
        this.#file.write(bytes, done, bytes.length - done, offset + done))
      done += bytesWritten
    }
    this.#unflushed = hull(this.#unflushed, written) // again: a flush may have begun meanwhile, and ended without these
  }

  /**
   * Returns when everything that was written is on the medium: only now do late write errors show.
   * @throws `diskError` with the range in which the place is: what was written since the last flush, and meanwhile
   */
  async flush(): Promise<void> {
    const covered = this.#unflushed
    this.#unflushed = undefined
    try {
      await this.#file.datasync()
    } catch (cause) {
      this.#unflushed = hull(covered, this.#unflushed)
      throw this.#error('write', this.#unflushed ?? { offset: 0, length: this.size }, cause)
    }
  }

  /** Has what follows read from the medium and not from the kernel's memory; what was not flushed stays there. */
  async dropCache(): Promise<void> {
    if (this.#block) await runCommand(['blockdev', '--flushbufs', this.path])
    else await advise(['dd', `if=${this.path}`, 'iflag=nocache', 'count=0', 'status=none'])
  }

  /** The magic numbers that libblkid knows. */
  async signatures(): Promise<Extent[]> {
    return findSignatures(runCommand, this.path)
  }

  /** BLKDISCARD, or a hole in a plain file. @returns false when the device does not take it */
  async discard({ offset, length }: Extent): Promise<boolean> {
    const range = ['--offset', String(offset), '--length', String(length)]
    // --force: it is our own exclusive claim that blkdiscard would find.
    return advise(this.#block ? ['blkdiscard', '--force', ...range, this.path] : ['fallocate', '--punch-hole', ...range, this.path])
  }

  async close(): Promise<void> {
    await this.#direct?.close()
    await this.#file.close()
  }

  async #readSome(into: Uint8Array, offset: number): Promise<{ bytesRead: number }> {
    if (this.#direct && offset % DIRECT_UNIT === 0 && into.length % DIRECT_UNIT === 0) {
      try {
        return await this.#direct.read(into, 0, into.length, offset)
      } catch (cause) {
        if (!isRefusal(cause)) throw cause
      }
    }
    return this.#file.read(into, 0, into.length, offset)
  }

  async #at<T>(action: string, offset: number, work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (cause) {
      throw this.#error(action, { offset }, cause)
    }
  }

  /** @param place the first byte that failed, or, with a length, the bytes that it is among */
  #error(action: string, place: { offset: number; length?: number }, cause: unknown): ClonaulaError {
    const { offset, length } = place
    const where = length === undefined ? `byte ${offset}` : `bytes ${offset}–${offset + length - 1}`
    const why = cause instanceof Error ? cause.message : String(cause)
    return new ClonaulaError('diskError', `${this.path}: ${action} failed ${length === undefined ? 'at' : 'somewhere in'} ${where}: ${why}`,
      { target: this.path, problem: `${action}, ${where}`, device: this.path, action, ...place }, { cause })
  }
}

/** The least extent that covers both. */
function hull(known: Extent | undefined, more: Extent | undefined): Extent | undefined {
  if (!known || !more) return known ?? more
  const offset = Math.min(known.offset, more.offset)
  return { offset, length: Math.max(known.offset + known.length, more.offset + more.length) - offset }
}

/** @returns nothing where there is no such way: Windows, and devices that do not take it */
async function openDirect(path: string): Promise<FileHandle | undefined> {
  const { O_DIRECT } = constants as { O_DIRECT?: number }
  if (O_DIRECT === undefined) return undefined
  try {
    return await open(path, constants.O_RDONLY | O_DIRECT)
  } catch (cause) {
    if (isRefusal(cause)) return undefined
    throw cause
  }
}

/** Whether it is the way of reading, or the memory to be read into, that is not to a device's liking: open(2), read(2). */
function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EINVAL'
}

/** Runs what may be missing or refused without harm. @returns whether it was done */
async function advise(argv: Argv): Promise<boolean> {
  try {
    await runCommand(argv)
    return true
  } catch (error) {
    if (error instanceof CommandError) return false
    throw error
  }
}

/** Bytes of a block device or a plain file. */
export async function deviceSize(path: string): Promise<number> {
  return (await deviceFacts(path)).size
}

/** The kernel lets read-only devices be opened for writing, and refuses each write: better to know before. */
async function deviceFacts(path: string): Promise<{ size: number; block: boolean; readOnly: boolean }> {
  const facts = await stat(path)
  if (!facts.isBlockDevice()) return { size: facts.size, block: false, readOnly: false }
  const attribute = (name: string) => blockAttribute(facts.rdev, name)
  return {
    size: Number(await attribute('size')) * KERNEL_SECTOR, block: true, readOnly: Number(await attribute('ro')) === 1,
  }
}

/** What the kernel says of a block device: Documentation/ABI/stable/sysfs-block. @param device its number: `rdev` of stat(2) */
export async function blockAttribute(device: number, name: string): Promise<string> {
  return readFile(`/sys/dev/block/${majorOf(device)}:${minorOf(device)}/${name}`, 'utf8')
}

/** glibc's `major(3)` and `minor(3)`. */
function majorOf(device: number): number {
  return ((device >>> 8) & 0xfff) + (Math.floor(device / 2 ** 32) & 0xfffff000)
}

function minorOf(device: number): number {
  return (device & 0xff) | ((device >>> 12) & 0xfff00)
}

function openError(path: string, cause: unknown): ClonaulaError {
  if (cause instanceof ClonaulaError) return cause
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const result = code === 'ENOENT' ? 'notFound' : code === 'EBUSY' ? 'inUse'
    : code === 'EROFS' || code === 'EACCES' || code === 'EPERM' ? 'noWriteAccess' : 'diskError'
  return new ClonaulaError(result, `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { device: path, target: path }, { cause })
}
