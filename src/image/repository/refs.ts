import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { toHex } from '#shared/formats/digest.ts'
import { sha256 } from '../codecs.ts'
import { fileError, type DurableFiles } from './files.ts'
import { parseRevisionName } from './revision-name.ts'

/** A name for a revision that is not its number: `before-office`, `2025-26`. */
export const Tag = z.string().regex(/^(?!\d+$)[\p{L}\p{N}][\p{L}\p{N}._-]{0,49}$/u)
export type Tag = z.infer<typeof Tag>

/** A named revision: what makes a repository readable for people without its console. */
export const ImageRef = z.object({
  format: z.literal(1),
  image: z.string().min(1).max(200),
  revision: z.number().int().min(1),
  /** Revision of the same image that this one was made from. */
  parent: z.number().int().min(1).optional(),
  created: z.iso.datetime(),
  manifest: Sha256Hex,
  description: z.string().max(2000),
  /** No two revisions of an image have the same one. */
  tags: z.array(Tag).max(50).optional(),
})
export type ImageRef = z.infer<typeof ImageRef>

/** `images/<name>/<revision>.json`; the name is escaped so that any filesystem takes it, and none confuses two. */
export class Refs {
  readonly #folder: string
  readonly #files: DurableFiles

  constructor(folder: string, files: DurableFiles) {
    this.#folder = folder
    this.#files = files
  }

  /** Writes a revision, in the place of the one that has its number. */
  async put(ref: ImageRef): Promise<void> {
    await this.#files.publishText(this.#path(ref), encode(ref))
  }

  /** Writes a revision whose number nobody has. @returns whether that was so */
  async add(ref: ImageRef): Promise<boolean> {
    return this.#files.publishNew(this.#path(ref), encode(ref))
  }

  /** All of them, by image and revision. Files that are not refs are left out. */
  async list(): Promise<ImageRef[]> {
    const refs: ImageRef[] = []
    for (const name of await namesIn(this.#folder)) refs.push(...(await this.#inFolder(name)))
    return refs.sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : a.revision - b.revision))
  }

  /** The revisions of one image, by number. */
  async of(image: string): Promise<ImageRef[]> {
    return (await this.#inFolder(escapeName(image))).sort((a, b) => a.revision - b.revision)
  }

  /** The revision that is meant by `NAME`, `NAME@3` or `NAME@tag`. @throws `notFound` */
  async resolve(text: string): Promise<ImageRef> {
    const { image, which } = parseRevisionName(text)
    const fits = (ref: ImageRef): boolean =>
      which === undefined || (typeof which === 'number' ? ref.revision === which : (ref.tags?.includes(which) ?? false))
    const found = (await this.of(image)).findLast(fits)
    if (!found) throw new ClonaulaError('notFound', `there is no revision ${text}`, { what: text })
    return found
  }

  #path({ image, revision }: Pick<ImageRef, 'image' | 'revision'>): string {
    return join(this.#folder, escapeName(image), `${revision}.json`)
  }

  /** A file counts under the name that it says it has, and only where that name belongs. */
  async #inFolder(name: string): Promise<ImageRef[]> {
    const refs: ImageRef[] = []
    for (const file of await namesIn(join(this.#folder, name))) {
      if (!/^[1-9]\d{0,8}\.json$/.test(file)) continue
      const ref = await readRef(join(this.#folder, name, file))
      if (ref && escapeName(ref.image) === name && `${ref.revision}.json` === file) refs.push(ref)
    }
    return refs
  }
}

/** Names of folders and plain files: a link may lead anywhere. Nothing where there is no folder. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile() || entry.isDirectory()).map((entry) => entry.name)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw fileError(folder, cause)
  }
}

async function readRef(path: string): Promise<ImageRef | undefined> {
  try {
    return ImageRef.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined
    throw fileError(path, cause)
  }
}

function encode(ref: ImageRef): string {
  return `${JSON.stringify(ImageRef.parse(ref), undefined, 2)}\n`
}

/** Bytes that a folder's name may have where least are allowed (255), with some room. */
const LONGEST_NAME = 200

/**
 * Lower-case letters, digits, `-` and `_` stay; every other UTF-8 byte is `%` and two digits. Capitals too:
 * Windows and macOS do not tell `Aula` from `aula`. What would be too long is cut, and has `~` and a hash at its end.
 */
export function escapeName(name: string): string {
  const escaped = Array.from(Buffer.from(name, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
  if (escaped.length <= LONGEST_NAME) return escaped
  const mark = `~${toHex(sha256(Buffer.from(name))).slice(0, 32)}`
  return escaped.slice(0, LONGEST_NAME - mark.length) + mark
}
