import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { PARALLEL } from '../codecs.ts'
import { readPackEnd } from '../pack-reader.ts'
import { prefetch } from '../prefetch.ts'
import type { PackId } from '../store.ts'
import { fileError } from './files.ts'
import { readIndexFile, writeIndexFile, type IndexedPack } from './index-file.ts'
import type { LocalRepository } from './local.ts'
import { digestsOf, PackIndex } from './pack-index.ts'

export interface LoadedIndex {
  index: PackIndex
  /** Packs whose end cannot be read, or that are marked as damaged, with the reason: their chunks count as missing. */
  damaged: Map<PackId, string>
}

/** Ends that have to be read before a new index file is worth writing: so many, and such a share of all packs. */
const MANY = 32
const SHARE = 0.05

/**
 * Learns which chunks the packs of a repository have: from its index file, as far as that knows the packs that are there
 * in the size that they have, and otherwise from their ends.
 * @param marked packs that a repair found damaged
 */
export async function loadIndex(repository: LocalRepository, marked: ReadonlySet<PackId> = new Set()): Promise<LoadedIndex> {
  const path = join(repository.root, 'index')
  const known = await readIndexFile(path)
  const loaded: LoadedIndex = { index: new PackIndex(), damaged: new Map() }
  const current = new Map<PackId, IndexedPack>()
  let read = 0
  for (const id of marked) loaded.damaged.set(id, 'marked as damaged')
  const packs = (await repository.listPacks()).filter((id) => !marked.has(id))
  for await (const { id, pack, fresh } of prefetch(packs, PARALLEL * 4, (id) => look(repository, id, known.get(id)))) {
    if (typeof pack === 'string') loaded.damaged.set(id, pack)
    else {
      current.set(id, pack)
      loaded.index.add(id, pack.digests)
      if (fresh) read += 1
      await turn() // 256 chunks or so at a time
    }
  }
  if (read >= Math.max(MANY, current.size * SHARE)) await writeIndexFile(path, current)
  return loaded
}

interface Looked {
  id: PackId
  /** Or what is wrong with it. */
  pack: IndexedPack | string
  /** Not from the index file. */
  fresh: boolean
}

async function look(repository: LocalRepository, id: PackId, known: IndexedPack | undefined): Promise<Looked> {
  try {
    const path = repository.packPath(id)
    const { size } = await stat(path).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    if (known?.size === size) return { id, pack: known, fresh: false }
    return { id, pack: { size, digests: digestsOf((await readPackEnd(repository, id)).blobs) }, fresh: true }
  } catch (cause) {
    if (!(cause instanceof ClonaulaError)) throw cause
    return { id, pack: cause.message, fresh: true }
  }
}
