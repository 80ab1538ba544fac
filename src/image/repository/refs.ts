import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { fileError, publishFile } from './files.ts'

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
})
export type ImageRef = z.infer<typeof ImageRef>

/** `images/<name>/<revision>.json`; the name is escaped so that any filesystem takes it, and none confuses two. */
export class Refs {
  readonly #folder: string
  readonly #temporary: string

  constructor(folder: string, temporary: string) {
    this.#folder = folder
    this.#temporary = temporary
  }

  async put(ref: ImageRef): Promise<void> {
    const path = join(this.#folder, escapeName(ref.image), `${ref.revision}.json`)
    const text = `${JSON.stringify(ImageRef.parse(ref), undefined, 2)}\n`
    await publishFile(this.#temporary, path, (file) => file.writeFile(text))
  }

  /** All of them, by image and revision. Files that are not refs are left out. */
  async list(): Promise<ImageRef[]> {
    await mkdir(this.#folder, { recursive: true })
    const refs: ImageRef[] = []
    for (const entry of await readdir(this.#folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !/^\d+\.json$/.test(entry.name)) continue
      const ref = await readRef(join(entry.parentPath, entry.name))
      if (ref) refs.push(ref)
    }
    return refs.sort((a, b) => (a.image < b.image ? -1 : a.image > b.image ? 1 : a.revision - b.revision))
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

/**
 * Lower-case letters, digits, `-` and `_` stay; every other UTF-8 byte is `%` and two digits. Capitals too:
 * Windows and macOS do not tell `Aula` from `aula`.
 */
export function escapeName(name: string): string {
  return Array.from(Buffer.from(name, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte)
    return /[a-z0-9_-]/.test(character) ? character : `%${byte.toString(16).padStart(2, '0')}`
  }).join('')
}
