import { chmod, copyFile, lutimes, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { S_IFDIR, S_IFLNK, S_IFREG, type Member } from './cpio.ts'

/** What a name of the live system is. A file's content is bytes or the path of the file that has them. */
export type Entry =
  | { kind: 'folder' }
  | { kind: 'link'; target: string }
  | { kind: 'file'; mode: 0o644 | 0o755; content: Buffer | string }

/**
 * The file tree of a system to be made: names relative to its root, without a leading slash (`usr/bin/node`).
 * Holds no owners, times or odd modes, so that nothing of the building machine can leak into the result.
 */
export class Tree {
  readonly #entries = new Map<string, Entry>()

  /** Adds a name and the folders above it. The last one to name a file wins; a folder stays a folder. */
  add(name: string, entry: Entry): this {
    const parent = path.dirname(name)
    if (parent !== '.' && !this.#entries.has(parent)) this.add(parent, { kind: 'folder' })
    if (this.#entries.get(name)?.kind === 'folder' && entry.kind !== 'folder') throw new Error(`${name} is a folder`)
    this.#entries.set(name, entry)
    return this
  }

  addFolders(...names: string[]): this {
    for (const name of names) this.add(name, { kind: 'folder' })
    return this
  }

  addLink(name: string, target: string): this {
    return this.add(name, { kind: 'link', target })
  }

  /** A file with the bytes of another one (`source`, a path). */
  addCopy(name: string, source: string, mode: 0o644 | 0o755 = 0o644): this {
    return this.add(name, { kind: 'file', mode, content: source })
  }

  addText(name: string, text: string, mode: 0o644 | 0o755 = 0o644): this {
    return this.add(name, { kind: 'file', mode, content: Buffer.from(text) })
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /** Entries sorted by name, which puts each folder before what it holds. */
  entries(): [string, Entry][] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : 1))
  }

  /** The same entries as members of an archive, file contents read. */
  async members(): Promise<Member[]> {
    const members: Member[] = []
    for (const [name, entry] of this.entries()) members.push(await toMember(name, entry))
    return members
  }

  /** Writes the tree to a new folder (an old one is replaced), all with the same time (seconds). */
  async writeTo(folder: string, time: number): Promise<void> {
    await rm(folder, { recursive: true, force: true })
    await mkdir(folder, { recursive: true })
    for (const [name, entry] of this.entries()) await writeEntry(path.join(folder, name), entry)
    for (const [name] of this.entries().reverse()) await lutimes(path.join(folder, name), time, time)
    await lutimes(folder, time, time)
  }
}

async function toMember(name: string, entry: Entry): Promise<Member> {
  if (entry.kind === 'folder') return { name, mode: S_IFDIR | 0o755, data: Buffer.alloc(0) }
  if (entry.kind === 'link') return { name, mode: S_IFLNK | 0o777, data: Buffer.from(entry.target) }
  const data = typeof entry.content === 'string' ? await readFile(entry.content) : entry.content
  return { name, mode: S_IFREG | entry.mode, data }
}

async function writeEntry(file: string, entry: Entry): Promise<void> {
  if (entry.kind === 'folder') {
    await mkdir(file, { mode: 0o755 })
    await chmod(file, 0o755)
  } else if (entry.kind === 'link') {
    await symlink(entry.target, file)
  } else {
    await (typeof entry.content === 'string' ? copyFile(entry.content, file) : writeFile(file, entry.content))
    await chmod(file, entry.mode)
  }
}

/** Folders and merged-/usr links of any Linux root. The kernel calls `/sbin/modprobe` and the loader is in `/lib64`. */
export function emptyRoot(): Tree {
  return new Tree()
    .addFolders('dev', 'etc', 'mnt', 'proc', 'root', 'run', 'sys', 'tmp', 'usr/bin', 'usr/lib', 'var')
    .addLink('bin', 'usr/bin')
    .addLink('sbin', 'usr/bin')
    .addLink('lib', 'usr/lib')
    .addLink('lib64', 'usr/lib')
    .addLink('usr/sbin', 'bin')
}
