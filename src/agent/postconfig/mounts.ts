import { mkdtemp, mkdir, rmdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Run } from '#image/disk/machine.ts'

/** Tries to unmount before it is done lazily: a process that was just ended may hold a file for a moment. */
const ATTEMPTS = 10

/**
 * Mounts of one piece of work, undone together in reverse order whatever happens:
 *
 *     await using mounts = await Mounts.under(folder, run)
 */
export class Mounts {
  /** Where the first filesystem goes. */
  readonly root: string
  readonly #run: Run
  readonly #mounted: string[] = []

  private constructor(root: string, run: Run) {
    this.root = root
    this.#run = run
  }

  static async under(folder: string, run: Run): Promise<Mounts> {
    await mkdir(folder, { recursive: true })
    return new Mounts(await mkdtemp(join(folder, 'mnt-')), run)
  }

  /** @param at Path inside of `root`; the root itself when left out. */
  async mount(device: string, at = '', options = 'rw'): Promise<string> {
    return this.#mount(['--options', options, device], at)
  }

  /** Makes a folder of the live system visible inside; `rbind` so that what is mounted below comes along. */
  async bind(folder: string): Promise<void> {
    await this.#mount(['--rbind', '--make-rprivate', folder], folder)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    while (this.#mounted.length > 0) await this.#unmount(this.#mounted.pop() ?? '')
    await rmdir(this.root)
  }

  async #mount(what: readonly string[], at: string): Promise<string> {
    const place = join(this.root, at)
    await this.#run(['mount', ...what, place])
    this.#mounted.push(place)
    return place
  }

  async #unmount(place: string): Promise<void> {
    for (let attempt = 1; attempt < ATTEMPTS; attempt++) {
      const { code } = await this.#run(['umount', '--recursive', place], { accept: [0, 1, 32] })
      if (code === 0) return
      await sleep(100 * attempt)
    }
    await this.#run(['umount', '--recursive', '--lazy', place])
  }
}
