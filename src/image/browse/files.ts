import { lstat, mkdir, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, resolve } from 'node:path'
import type { Filesystem } from '#shared/domain/disk.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { fileError } from '../repository/files.ts'
import { CommandError, runCommand, type Argv } from '../run/run.ts'
import type { CallOptions } from '../store.ts'
import { inside, type InsideOptions } from './inside.ts'
import { listTree, type TreeEntry } from './tree.ts'

/** A filesystem without owners and links of Unix, whose names ignore case. */
const FOREIGN: ReadonlySet<Filesystem> = new Set(['ntfs', 'fat12', 'fat16', 'fat32', 'exfat'])

/**
 * The files of a mounted image, by their paths in it. All paths are seen from the image's own root: nothing that is asked for
 * and no link in the image leads out of it. Files are copied by processes of their own: this one may be the one that answers the reads.
 */
export class ImageFiles {
  readonly #root: string
  readonly #foreign: boolean

  /** @param root where it is mounted */
  constructor(root: string, filesystem: Filesystem) {
    this.#root = root
    this.#foreign = FOREIGN.has(filesystem)
  }

  /** What is in a folder, or the file itself, by name. @throws `notFound` */
  async list(path: string, options: CallOptions = {}): Promise<TreeEntry[]> {
    const place = await this.#find(path, { followLast: true })
    const entries: TreeEntry[] = []
    for await (const entry of listTree(place, { ...options, depth: 1 })) entries.push(entry)
    const [itself, ...within] = entries
    if (itself && itself.kind !== 'd') return [{ ...itself, path: basename(place) }]
    return within.toSorted((a, b) => (a.path < b.path ? -1 : 1))
  }

  /**
   * Copies files and folders out of the image, with owners, modes, times and links as they are there; links stay links.
   * @param folder of this computer, made where it is missing; nothing that is there already is touched
   * @returns what was made
   * @throws `notFound` · `nameTaken` · `noSpace` · `noWriteAccess`
   */
  async extract(paths: readonly string[], folder: string, options: CallOptions = {}): Promise<string[]> {
    const copies: { from: string; to: string }[] = []
    for (const path of paths) {
      const from = await this.#find(path, { followLast: false })
      copies.push({ from, to: resolve(folder, basename(relative(this.#root, from))) })
    }
    const twice = copies.find(({ to }, at) => copies.findIndex((other) => other.to === to) < at)
    if (twice) throw new ClonaulaError('nameTaken', `${twice.to} would be made twice`, { name: twice.to })
    await makeFolder(folder)
    for (const { to } of copies) await refuseTaken(to)
    for (const { from, to } of copies) {
      await change(['cp', '--archive', '--one-file-system', '--no-target-directory', '--', from, to], options)
    }
    return copies.map(({ to }) => to)
  }

  /**
   * Copies a file or a folder of this computer into the image. A file that is there is replaced, a folder is filled.
   * @param path where it shall be; ending with `/`, or naming a folder while `source` is a file: within that, by its own name
   * @throws `notFound` · `noSpace` the filesystem of the image is full · `filesystem`
   */
  async add(source: string, path: string, options: CallOptions = {}): Promise<void> {
    const host = resolve(source)
    const isFolder = await isDirectory(host)
    if (isFolder === undefined) throw new ClonaulaError('notFound', `${host} is not there`, { what: host })
    const place = await this.#find(path, { followLast: true, make: true })
    const within = path.endsWith('/') || (!isFolder && await isDirectory(place))
    const target = within ? join(place, basename(host)) : place
    if (target === this.#root && !isFolder) throw new ClonaulaError('invalidRequest', 'the root is no file', { problem: path })
    await makeFolder(dirname(target))
    const kept = this.#foreign ? ['--recursive', '--no-dereference', '--preserve=timestamps'] : ['--archive']
    await change(['cp', ...kept, '-H', '--remove-destination', '--no-target-directory', '--', host, target], options)
  }

  /** Deletes a file, a link, or a folder with all that is in it. @throws `notFound` · `invalidRequest` the root */
  async remove(path: string, options: CallOptions = {}): Promise<void> {
    const place = await this.#find(path, { followLast: false })
    if (place === this.#root) throw new ClonaulaError('invalidRequest', 'the root stays', { problem: path })
    await change(['rm', '--recursive', '--force', '--one-file-system', '--', place], options)
  }

  #find(path: string, options: Omit<InsideOptions, 'ignoreCase'>): Promise<string> {
    return inside(this.#root, path, { ...options, ignoreCase: this.#foreign })
  }
}

/** A link to a folder counts as one; `undefined`: there is nothing. */
async function isDirectory(path: string): Promise<boolean | undefined> {
  return stat(path).then((facts) => facts.isDirectory(), () => undefined)
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
}

async function refuseTaken(place: string): Promise<void> {
  const facts = await lstat(place).catch(() => undefined)
  const isEmpty = facts?.isDirectory() === true && (await readdir(place)).length === 0
  if (facts && !isEmpty) throw new ClonaulaError('nameTaken', `${place} is there already`, { name: place })
}

/** Runs what copies or deletes. @throws `noSpace` · `noWriteAccess` · `filesystem`, with what it said */
async function change(argv: Argv, { signal }: CallOptions): Promise<void> {
  try {
    await runCommand(argv, { signal })
  } catch (cause) {
    if (!(cause instanceof CommandError) || cause.exitCode === undefined) throw cause
    const problem = cause.stderr.trim().slice(0, 1000)
    const result = /No space left on device/.test(problem) ? 'noSpace'
      : /Permission denied|Read-only file system|Operation not permitted/.test(problem) ? 'noWriteAccess' : 'filesystem'
    throw new ClonaulaError(result, problem, { target: argv.at(-1) ?? '', problem }, { cause })
  }
}
