import { readdir, readFile, stat } from 'node:fs/promises'
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

/** `<name>/<revision>.json` of a folder; the name is escaped so that any filesystem takes it, and none confuses two. */
export class Refs<R extends ImageRef> {
  readonly #folder: string
  readonly #schema: z.ZodType<R>
  readonly #files: DurableFiles

  constructor(folder: string, schema: z.ZodType<R>, files: DurableFiles) {
    this.#folder = folder
    this.#schema = schema
    this.#files = files
  }

  /** Writes a revision, in the place of the one that has its number. */
  async put(ref: R): Promise<void> {
    await this.#files.publishText(this.#path(ref), this.#encode(ref))
  }

  /** Writes a revision whose number nobody has. @returns whether that was so */
  async add(ref: R): Promise<boolean> {
    return this.#files.publishNew(this.#path(ref), this.#encode(ref))
  }

  /** All of them, by image and revision. Files that are not refs are left out. */
  async list(): Promise<R[]> {
    const refs: R[] = []
    for (const name of await namesIn(this.#folder)) refs.push(...(await this.#inFolder(name)))
    return refs.sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : a.revision - b.revision))
  }

  /** Another text whenever a revision was added, taken away or changed: by the times of the folders, no file is opened for it. */
  async stamp(): Promise<string> {
    const folders = [this.#folder, ...(await namesIn(this.#folder)).sort().map((name) => join(this.#folder, name))]
    const times = await Promise.all(folders.map((folder) => stat(folder, { bigint: true }).then(({ mtimeNs }) => mtimeNs, () => '')))
    return folders.map((folder, at) => `${folder}:${times[at]}`).join('\n')
  }

  /** The revisions of one image, by number. */
  async of(image: string): Promise<R[]> {
    return (await this.#inFolder(escapeName(image))).sort((a, b) => a.revision - b.revision)
  }

  /** Sees to it that nobody gets a number that is free. */
  async claim(ref: Pick<R, 'image' | 'revision'>): Promise<void> {
    await this.#files.claim(this.#path(ref))
  }

  /** The highest number of an image that is taken: by a revision, or claimed. 0 when none is. */
  async highest(image: string): Promise<number> {
    return Math.max(0, ...(await namesIn(join(this.#folder, escapeName(image)))).map((file) => numberOf(file) ?? 0))
  }

  /** Takes revisions away, for good once it returns. */
  async remove(refs: readonly Pick<R, 'image' | 'revision'>[]): Promise<void> {
    await this.#files.remove(refs.map((ref) => this.#path(ref)))
  }

  /** The revision that is meant by `NAME` (the newest), `NAME@3` or `NAME@tag`. @throws `notFound` */
  async resolve(text: string): Promise<R> {
    return (await this.select(text)).at(-1)!
  }

  /** All the revisions that are meant by `NAME` (every one), `NAME@3` or `NAME@tag`, by number. @throws `notFound` */
  async select(text: string): Promise<[R, ...R[]]> {
    const { image, which } = parseRevisionName(text)
    const fits = (ref: R): boolean =>
      which === undefined || (typeof which === 'number' ? ref.revision === which : (ref.tags?.includes(which) ?? false))
    const [first, ...others] = (await this.of(image)).filter(fits)
    if (!first) throw new ClonaulaError('notFound', `there is no revision ${text}`, { what: text })
    return [first, ...others]
  }

  #path({ image, revision }: Pick<R, 'image' | 'revision'>): string {
    return join(this.#folder, escapeName(image), `${revision}.json`)
  }

  /** A file counts under the name that it says it has, and only where that name belongs. */
  async #inFolder(name: string): Promise<R[]> {
    const refs: R[] = []
    for (const file of await namesIn(join(this.#folder, name))) {
      const number = numberOf(file)
      const ref = number === undefined ? undefined : await this.#read(join(this.#folder, name, file))
      if (ref && escapeName(ref.image) === name && ref.revision === number) refs.push(ref)
    }
    return refs
  }

  async #read(path: string): Promise<R | undefined> {
    try {
      return this.#schema.safeParse(JSON.parse(await readFile(path, 'utf8'))).data
    } catch (cause) {
      if (cause instanceof SyntaxError || (cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw fileError(path, cause)
    }
  }

  #encode(ref: R): string {
    return `${JSON.stringify(this.#schema.parse(ref), undefined, 2)}\n`
  }
}

/** Undefined for a file that is no revision's. */
function numberOf(file: string): number | undefined {
  const digits = /^([1-9]\d{0,8})\.json$/.exec(file)?.[1]
  return digits === undefined ? undefined : Number(digits)
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
