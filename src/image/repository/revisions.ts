import { join } from 'node:path'
import { z } from 'zod'
import { ClonaulaError } from '#shared/domain/errors.ts'
import type { ManifestId } from '../store.ts'
import type { DurableFiles } from './files.ts'
import { ImageRef, Refs, Tag } from './refs.ts'

/** A revision in the trash: what it was, and since when it is there. */
export const TrashedRef = ImageRef.extend({ trashed: z.iso.datetime() })
export type TrashedRef = z.infer<typeof TrashedRef>

/**
 * What the revisions of a repository are called. A revision is moved by writing it in its new place before it is taken
 * from the old one; one that power failing between the two left in both counts as not in the trash.
 */
export class Revisions {
  readonly #live: Refs<ImageRef>
  readonly #trash: Refs<TrashedRef>

  constructor(root: string, files: DurableFiles) {
    this.#live = new Refs(join(root, 'images'), ImageRef, files)
    this.#trash = new Refs(join(root, 'trash'), TrashedRef, files)
  }

  async list(): Promise<ImageRef[]> {
    return this.#live.list()
  }

  async listTrash(): Promise<TrashedRef[]> {
    const live = new Set((await this.list()).map(keyOf))
    return (await this.#trash.list()).filter((ref) => !live.has(keyOf(ref)))
  }

  /** Another text whenever any revision, in the trash or not, was added, taken away or changed. */
  async stamp(): Promise<string> {
    return `${await this.#live.stamp()}\n${await this.#trash.stamp()}`
  }

  async resolve(text: string): Promise<ImageRef> {
    return this.#live.resolve(text)
  }

  /** The revisions that `NAME` (all of them), `NAME@3` or `NAME@tag` means. @throws `notFound` */
  async select(text: string): Promise<ImageRef[]> {
    return this.#live.select(text)
  }

  /** As `select`, in the trash. */
  async selectTrash(text: string): Promise<TrashedRef[]> {
    const here = new Set((await this.listTrash()).map(keyOf))
    const found = (await this.#trash.select(text)).filter((ref) => here.has(keyOf(ref)))
    if (found.length === 0) throw new ClonaulaError('notFound', `there is no revision ${text} in the trash`, { what: text })
    return found
  }

  /** Gives a revision the next number of its image. One that the image has already stays what it is. */
  async add(revision: Omit<ImageRef, 'format' | 'revision' | 'tags'>): Promise<ImageRef> {
    const { image, parent, manifest } = revision
    const here = await this.#live.of(image)
    const known = here.find((ref) => ref.manifest === manifest)
    if (known) return known
    if (parent !== undefined && !here.some((ref) => ref.revision === parent)) {
      throw new ClonaulaError('notFound', `there is no revision ${image}@${parent}`, { what: `${image}@${parent}` })
    }
    for (let number = (await this.#highest(image)) + 1; ; number += 1) {
      const ref: ImageRef = { format: 1, ...revision, revision: number }
      if (await this.#live.add(ref)) return ref
    }
  }

  /** Writes a revision as it is. @throws `nameTaken` its number is that of another one */
  async put(ref: ImageRef): Promise<void> {
    if (await this.#live.add(ref)) return
    const there = (await this.#live.of(ref.image)).find(({ revision }) => revision === ref.revision)
    const name = `${ref.image}@${ref.revision}`
    if (there && there.manifest !== ref.manifest) throw new ClonaulaError('nameTaken', `${name} is another revision`, { name })
    await this.#live.put(ref)
  }

  /** Gives a revision a tag, which whoever of its image had it loses. @throws `invalidRequest` it cannot be a tag */
  async tag(ref: ImageRef, tag: string): Promise<ImageRef> {
    const parsed = Tag.safeParse(tag)
    if (!parsed.success) throw new ClonaulaError('invalidRequest', `“${tag}” cannot be a tag`, { problem: tag })
    for (const other of await this.#live.of(ref.image)) {
      if (other.revision !== ref.revision && other.tags?.includes(tag)) await this.untag(other, tag)
    }
    const tagged = withTags(ref, [...new Set([...(ref.tags ?? []), parsed.data])])
    await this.#live.put(tagged)
    return tagged
  }

  async untag(ref: ImageRef, tag: string): Promise<ImageRef> {
    const left = withTags(ref, (ref.tags ?? []).filter((one) => one !== tag))
    await this.#live.put(left)
    return left
  }

  async moveToTrash(refs: readonly ImageRef[], now = new Date()): Promise<void> {
    for (const ref of refs) {
      await this.#trash.put({ ...ref, trashed: now.toISOString() })
      await this.#live.remove([ref])
    }
  }

  /** Tags that others have got meanwhile stay theirs. */
  async moveBack(refs: readonly TrashedRef[]): Promise<void> {
    for (const trashed of refs) {
      const { trashed: _, ...ref } = trashed
      const taken = new Set((await this.#live.of(ref.image)).flatMap((other) => other.tags ?? []))
      await this.#live.put(withTags(ref, (ref.tags ?? []).filter((tag) => !taken.has(tag))))
      await this.#trash.remove([trashed])
    }
  }

  /** Takes revisions out of the trash for ever; their numbers are not given to others. */
  async forget(refs: readonly TrashedRef[]): Promise<void> {
    for (const image of new Set(refs.map((ref) => ref.image))) {
      await this.#live.claim({ image, revision: await this.#highest(image) })
    }
    await this.#trash.remove(refs)
  }

  /** Says that the content of revisions is in other manifests now. */
  async repoint(renamed: ReadonlyMap<ManifestId, ManifestId>): Promise<void> {
    const changed = <R extends ImageRef>(refs: readonly R[]): R[] => refs.flatMap((ref) => {
      const manifest = renamed.get(ref.manifest)
      return manifest === undefined ? [] : [{ ...ref, manifest }]
    })
    for (const ref of changed(await this.#live.list())) await this.#live.put(ref)
    for (const ref of changed(await this.#trash.list())) await this.#trash.put(ref)
  }

  /** The highest number that a revision of the image has or had. */
  async #highest(image: string): Promise<number> {
    return Math.max(await this.#live.highest(image), await this.#trash.highest(image))
  }
}

/** A revision with these tags, and no field for none. */
function withTags(ref: ImageRef, tags: readonly Tag[]): ImageRef {
  const { tags: _, ...rest } = ref
  return tags.length === 0 ? rest : { ...rest, tags: [...tags] }
}

function keyOf({ image, revision }: Pick<ImageRef, 'image' | 'revision'>): string {
  return `${image}@${revision}`
}
