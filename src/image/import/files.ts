import { lstat, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileError } from '../repository/files.ts'
import { refuse } from './problem.ts'

/** Lists and notes of a legacy image are never longer. */
const SMALL = 1024 * 1024

/** The files of a folder. */
export class Folder {
  readonly path: string
  /** Names of the plain files, in order. Links and devices are none: an image has no use for them. */
  readonly names: ReadonlySet<string>

  private constructor(path: string, names: ReadonlySet<string>) {
    this.path = path
    this.names = names
  }

  /** @throws `notFound` · `noWriteAccess` no right to look */
  static async open(path: string): Promise<Folder> {
    const entries = await readdir(path, { withFileTypes: true }).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    return new Folder(path, new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name).sort()))
  }

  join(name: string): string {
    return join(this.path, name)
  }

  /** The text of a small file; `undefined` when it is not there. @throws `image` it is too long to be what it should be */
  async text(name: string): Promise<string | undefined> {
    const bytes = await this.bytes(name, SMALL)
    return bytes === undefined ? undefined : new TextDecoder().decode(bytes)
  }

  /** As `text`, the bytes. @param most that there may be */
  async bytes(name: string, most: number): Promise<Uint8Array | undefined> {
    if (!this.names.has(name)) return undefined
    const path = this.join(name)
    try {
      await using file = await open(path)
      const buffer = Buffer.alloc(most + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead > most) throw refuse('tooLarge', `${name} is too long to be what it should be`, { file: name })
      return buffer.subarray(0, bytesRead)
    } catch (cause) {
      throw fileError(path, cause)
    }
  }

  /** Paths of a file, or of the parts that split(1) made of it. None when there is neither. @throws `corruptImage` a part is missing */
  parts(name: string): string[] {
    return partsOf(this.names, name).map((part) => this.join(part))
  }
}

const LETTERS = 26

/** Which part a suffix means, from 0: `.000`, `.001` …, `.aa`, `.ab` … */
function partNumber(suffix: string): number | undefined {
  if (/^\.\d{2,4}$/.test(suffix)) return Number(suffix.slice(1))
  if (!/^\.[a-z]{2,3}$/.test(suffix)) return undefined
  return Array.from(suffix.slice(1)).reduce((number, letter) => number * LETTERS + letter.charCodeAt(0) - 97, 0)
}

/** Names of the parts of a file, or its own. @throws `corruptImage` a part is missing */
export function partsOf(names: Iterable<string>, name: string): string[] {
  const found: { part: string; number: number; length: number }[] = []
  for (const part of names) {
    if (part === name) return [name]
    const number = part.startsWith(`${name}.`) ? partNumber(part.slice(name.length)) : undefined
    if (number !== undefined) found.push({ part, number, length: part.length })
  }
  found.sort((a, b) => a.number - b.number)
  const gap = found.findIndex(({ number, length }, at) => number !== at || length !== found[0]!.length)
  if (gap >= 0) throw refuse('missingPart', `a part of ${name} is missing before ${found[gap]!.part}`, { file: name, place: found[gap]!.part })
  return found.map(({ part }) => part)
}

/** A part's name without the suffix of its number. */
export function withoutPart(name: string): string {
  const suffix = /\.[^.]*$/.exec(name)?.[0]
  return suffix !== undefined && partNumber(suffix) === 0 ? name.slice(0, -suffix.length) : name
}

/** Bytes of files. @throws `notFound` · `image` not a plain file */
export async function fileSizes(paths: readonly string[]): Promise<number> {
  let total = 0
  for (const path of paths) {
    const facts = await lstat(path).catch((cause: unknown) => {
      throw fileError(path, cause)
    })
    if (!facts.isFile()) throw refuse('notAFile', `${path} is not a plain file`, { file: path })
    total += facts.size
  }
  return total
}
