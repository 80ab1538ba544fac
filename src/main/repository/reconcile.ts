/**
 * Brings the inventory in step with the repository, which has the last word on which revisions there are: others may
 * have added some, or emptied its trash, while this console did not run, or while it does.
 */
import type { ImageRef } from '#image/index.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { Images, RevisionRecord } from '../inventory/images.ts'
import type { Log } from '../platform/log.ts'
import type { Revisions } from './revision.ts'

export interface ReconcileParts {
  images: Images
  revisions: Pick<Revisions, 'list' | 'read' | 'name'>
  log: Pick<Log, 'warn'>
}

/** As the inventory compares names. */
const keyOf = (image: string, number: number): string => `${image.toLowerCase()}@${number}`

export interface Reconciled {
  /** The inventory is not what it was. */
  changed: boolean
  /** Somebody is at work in the repository: what he does is to be looked at when he has done it. */
  again: boolean
}

export async function reconcile({ images, revisions, log }: ReconcileParts): Promise<Reconciled> {
  const result: Reconciled = { changed: false, again: false }
  const unnamed = new Map(images.records().map((record) => [keyOf(record.image, record.number), record]))
  for (const { ref, trashed } of await revisions.list()) {
    const key = keyOf(ref.image, ref.revision)
    const known = unnamed.get(key)
    unnamed.delete(key)
    await each(ref, () => (known ? update(known, ref, trashed) : add(ref, trashed)))
  }
  for (const record of unnamed.values()) await each({ image: record.image, revision: record.number }, () => rename(record))
  return result

  /** One that cannot be read is no reason to leave out the others. */
  async function each({ image, revision }: Pick<ImageRef, 'image' | 'revision'>, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof ClonaulaError)) throw error
      if (error.result === 'locked') result.again = true
      else log.warn({ image, revision, err: error }, 'revision of the repository cannot be taken into the inventory')
    }
  }

  async function add({ image, revision, manifest, description, created }: ImageRef, trashed: boolean): Promise<void> {
    const { facts, packs } = await revisions.read(manifest)
    const { imageId } = images.addRevision({
      image, number: revision, kind: facts.disk ? 'disk' : 'partition', description, manifest, facts, packs, source: facts.source,
      createdAt: Date.parse(created),
    })
    if (trashed) images.setTrashed(imageId, revision, true)
    result.changed = true
  }

  async function update(known: RevisionRecord, { manifest, revision }: ImageRef, trashed: boolean): Promise<void> {
    if (known.manifest === manifest && known.trashed === trashed) return
    if (known.manifest !== manifest) images.repoint(known.id, manifest, (await revisions.read(manifest)).packs)
    if (known.trashed !== trashed) images.setTrashed(known.imageId, revision, trashed)
    result.changed = true
  }

  /** Its name was lost, or it was purged. */
  async function rename({ id, image, number, manifest, description, createdAt }: RevisionRecord): Promise<void> {
    try {
      await revisions.read(manifest)
    } catch (error) {
      if (!(error instanceof ClonaulaError && error.result === 'notFound')) throw error
      images.forget(id)
      result.changed = true
      return
    }
    await revisions.name({ format: 1, image, revision: number, manifest, description, created: new Date(createdAt).toISOString() })
  }
}
