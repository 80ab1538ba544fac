import { stat } from 'node:fs/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { SlowOptions } from '#shared/domain/progress.ts'
import { checkSource, type SourceVolume } from '../used-map/check-source.ts'
import { readHead, withBlockDevice } from './block-device.ts'
import { bringBack } from './bring-back.ts'
import { canClean, cleanFilesystem } from './clean/clean.ts'
import { familyOf } from './families.ts'
import type { FilesystemFamily, Shrinking } from './family.ts'
import type { SourceNote } from './notes.ts'
import { problemOf } from './problem.ts'
import { restoreSize } from './restore-size.ts'
import { unmappable } from '../used-map/unmappable.ts'
import { shrinkableBytes, shrinkGoal } from './shrink-goal.ts'
import { markAhead, settleMark } from './shrink-marks.ts'

export interface PrepareOptions extends SlowOptions {
  /** Take away what its system makes anew: page and swap files, temporary folders. Never for a capture in sector mode. */
  clean: boolean
  /** Make the filesystem as small as its data for as long as it is captured. Never for a capture in sector mode. */
  shrink: boolean
  /** Each note as it comes; all of them are in the result too. */
  onNote?: ((note: SourceNote) => void) | undefined
}

/** A source that is ready to be captured, until it is released. */
export interface PreparedSource extends AsyncDisposable {
  notes: readonly SourceNote[]
  /** Bytes that a target must have for the filesystem as it is now; absent when that is as before. */
  minimumSize?: number
  /**
   * Brings the filesystem back to its size, whatever happened meanwhile, and checks it. It is never cut short, takes
   * seconds, and may be called again.
   * @throws `grow` · `filesystem`: the data is there, and `bringBack` (as the next capture does) tries again
   */
  release(): Promise<void>
}

/**
 * Makes a source ready: brings it back to its size if an earlier capture left it small, refuses one that is dirty,
 * cleans it, shrinks it. Phases: `clean`, `shrink`, `release`. When it throws, also because it was aborted, the
 * source has its size again. What cannot be done safely is left undone, with a note.
 * @throws `dirtyFilesystem` · `hibernated` · `unknownFilesystem` · `inUse` · `filesystem` it is damaged ·
 *   `shrink` it failed, and the filesystem has to be looked at · what `bringBack` throws
 */
export async function prepareSource(volume: SourceVolume, options: PrepareOptions): Promise<PreparedSource> {
  const source = new Source(volume, options)
  try {
    await source.prepare()
    return source
  } catch (error) {
    await source.release()
    throw error
  }
}

/** Milliseconds. */
const REPEAT = 5000

class Source implements PreparedSource {
  readonly notes: SourceNote[] = []
  minimumSize?: number
  readonly #volume: SourceVolume
  readonly #options: PrepareOptions
  /** Bytes to grow back to. */
  #back: number | undefined
  #released: Promise<void> | undefined

  constructor(volume: SourceVolume, options: PrepareOptions) {
    this.#volume = volume
    this.#options = options
  }

  async prepare(): Promise<void> {
    const { signal } = this.#options
    const { path, filesystem } = this.#volume
    const brought = await bringBack(this.#volume) // what an earlier capture left small when it was killed
    if (brought) this.#note(brought)
    const obstacle = unmappable(filesystem, await readHead(path))
    if (obstacle) return this.#note({ kind: 'everySector', path, why: obstacle })
    const clean = this.#options.clean && canClean(filesystem)
    const family = this.#options.shrink ? familyOf(filesystem) : undefined
    if (family && !family.shrinking) this.#note({ kind: 'notShrunk', path, why: 'unsupported' })
    if (!clean && !family?.shrinking) return
    if (!(await stat(path)).isBlockDevice() && process.getuid?.() !== 0) {
      return this.#note({ kind: 'notShrunk', path, why: 'root' })
    }
    await withBlockDevice(path, async (device) => {
      await checkSource(this.#volume, { signal })
      if (clean) await this.#clean(device)
      if (family?.shrinking) await this.#shrink(family, family.shrinking, device)
      signal?.throwIfAborted()
    })
  }

  release(): Promise<void> {
    this.#released ??= this.#bringBack().catch((error: unknown) => {
      this.#released = undefined
      throw error
    })
    return this.#released
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.release()
  }

  async #clean(device: string): Promise<void> {
    const { path, filesystem } = this.#volume
    const { signal } = this.#options
    try {
      const cleaned = await this.#during('clean', () => cleanFilesystem(device, filesystem, { signal }))
      this.#note({ kind: 'cleaned', path, ...cleaned })
    } catch (cause) {
      signal?.throwIfAborted()
      if (cause instanceof ClonaulaError && cause.result === 'hibernated') throw cause
      this.#note({ kind: 'notCleaned', path, problem: problemOf(cause) })
    }
    signal?.throwIfAborted()
  }

  async #shrink(family: FilesystemFamily, shrinking: Shrinking, device: string): Promise<void> {
    const { path, filesystem } = this.#volume
    const { signal } = this.#options
    const head = await readHead(device)
    const before = family.size(head)
    const why = shrinking.obstacle?.(head) ?? (before > await shrinkableBytes() ? 'memory' : undefined)
    if (why) return this.#note({ kind: 'notShrunk', path, why })
    await family.check?.(device, { signal })
    signal?.throwIfAborted()
    if (!await markAhead(device, family, before)) return this.#note({ kind: 'notShrunk', path, why: 'noPlace' })
    this.#back = before
    try {
      await this.#during('shrink', () => shrinking.shrink(device, (minimum) => shrinkGoal(before, minimum), { signal }))
    } catch (cause) {
      signal?.throwIfAborted()
      await this.#afterFailure(family, device, cause)
      return settleMark(device, family, before)
    }
    await settleMark(device, family, before)
    const after = family.size(await readHead(device))
    if (after >= before) return this.#note({ kind: 'notShrunk', path, why: 'full' })
    await checkSource({ path: device, filesystem })
    this.minimumSize = after
    this.#note({ kind: 'shrunk', path, from: before, to: after })
  }

  /** A source that is whole is captured as it is; one that is not is nothing to make images of. */
  async #afterFailure(family: FilesystemFamily, device: string, cause: unknown): Promise<void> {
    const { path } = this.#volume
    const problem = problemOf(cause)
    try {
      await family.check?.(device, {})
    } catch (damage) {
      throw new ClonaulaError('shrink', `${path}: ${problem}; then: ${problemOf(damage)}`, { target: path, problem }, { cause })
    }
    this.#note({ kind: 'notShrunk', path, why: 'failed', problem })
  }

  async #bringBack(): Promise<void> {
    if (this.#back === undefined) return
    await this.#during('release', () => restoreSize(this.#volume, this.#back))
    if (this.minimumSize !== undefined) this.#note({ kind: 'released', path: this.#volume.path, size: this.#back })
  }

  #note(note: SourceNote): void {
    this.notes.push(note)
    this.#options.onNote?.(note)
  }

  /** Says again and again that a phase goes on: its tool works for minutes and says nothing, and somebody may wait for it. */
  async #during<T>(phase: string, work: () => Promise<T>): Promise<T> {
    const report = (done: number): void => this.#options.onProgress?.({ phase, done, total: 1, rate: 0 })
    report(0)
    const repeated = setInterval(() => report(0), REPEAT)
    try {
      return await work()
    } finally {
      clearInterval(repeated)
      report(1)
    }
  }
}
