import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Sha256Hex } from '#shared/domain/ids.ts'
import type { PackId } from '../store.ts'
import { fileError, type DurableFiles } from './files.ts'

/**
 * Which packs a repair has found damaged and could not mend: an empty file each, in the folder `damaged`. Whoever adds
 * something takes their chunks for missing, so that the next capture stores them anew; whoever reads does not care.
 */
export class DamageMarks {
  readonly #folder: string
  readonly #files: DurableFiles

  constructor(root: string, files: DurableFiles) {
    this.#folder = join(root, 'damaged')
    this.#files = files
  }

  async list(): Promise<Set<PackId>> {
    const names = await readdir(this.#folder).catch((cause: unknown) => {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw fileError(this.#folder, cause)
    })
    return new Set(names.flatMap((name) => Sha256Hex.safeParse(name).data ?? []))
  }

  async put(packs: Iterable<PackId>): Promise<void> {
    for (const pack of packs) await this.#files.claim(this.#path(pack))
  }

  async remove(packs: Iterable<PackId>): Promise<void> {
    await this.#files.remove([...packs].map((pack) => this.#path(pack)))
  }

  #path(pack: PackId): string {
    return join(this.#folder, pack)
  }
}
