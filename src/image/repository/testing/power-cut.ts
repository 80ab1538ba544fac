import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { nodeFileSystem, type FileSystem } from '../file-system.ts'

/** One change of the folder, as the system was told it. Paths are relative to the folder. */
type Change =
  | { kind: 'create'; path: string; file: number }
  | { kind: 'append'; file: number; bytes: Uint8Array }
  | { kind: 'sync'; file: number }
  | { kind: 'folder'; path: string }
  | { kind: 'rename'; from: string; to: string }
  | { kind: 'remove'; path: string }
  | { kind: 'syncFolder'; path: string }
  | { kind: 'mark'; name: string }

/** What the medium does with what it was not told to keep when power fails. */
export interface Medium {
  /** Share of a file's unflushed bytes that stay: 0, 1, or something between for a torn write. */
  data: number
  /** Whether a change of names that was not flushed stays. @param nth of those that were not flushed */
  keepsName: (nth: number) => boolean
}

/** Works on a real folder, and notes what it is told: the states that power failing at any moment may leave can be made of it. */
export class RecordingFileSystem implements FileSystem {
  readonly #root: string
  readonly changes: Change[] = []
  #files = 0

  constructor(root: string) {
    this.#root = root
  }

  /** Notes that something was said to be done: from here on it has to be there. */
  mark(name: string): void {
    this.changes.push({ kind: 'mark', name })
  }

  async create(path: string): ReturnType<FileSystem['create']> {
    const real = await nodeFileSystem.create(path)
    const file = this.#files++
    this.changes.push({ kind: 'create', path: this.#inside(path), file })
    return {
      ...real,
      append: async (bytes) => {
        await real.append(bytes)
        this.changes.push({ kind: 'append', file, bytes: Uint8Array.from(bytes) })
      },
      sync: async () => void this.changes.push({ kind: 'sync', file }),
    }
  }

  async makeFolder(path: string): Promise<string | undefined> {
    const made = await nodeFileSystem.makeFolder(path)
    if (made === undefined) return made
    for (let folder = path; folder.length >= made.length; folder = dirname(folder)) {
      this.changes.push({ kind: 'folder', path: this.#inside(folder) })
    }
    return made
  }

  async rename(from: string, to: string): Promise<void> {
    await nodeFileSystem.rename(from, to)
    this.changes.push({ kind: 'rename', from: this.#inside(from), to: this.#inside(to) })
  }

  async remove(path: string): Promise<void> {
    await nodeFileSystem.remove(path)
    this.changes.push({ kind: 'remove', path: this.#inside(path) })
  }

  async syncFolder(path: string): Promise<void> {
    this.changes.push({ kind: 'syncFolder', path: this.#inside(path) })
  }

  #inside(path: string): string {
    return relative(this.#root, path)
  }
}

interface File {
  bytes: Buffer
  /** Bytes that are on the medium. */
  flushed: number
}

/** A change of one name, not flushed: what the name is afterwards. */
interface NameChange {
  path: string
  file: File | 'folder' | undefined
}

/** What is on the medium, and what is only in memory. */
class Disk {
  readonly #files = new Map<number, File>()
  /** What the system shows. */
  readonly #names = new Map<string, File | 'folder'>()
  /** What the medium has. */
  readonly #kept = new Map<string, File | 'folder'>()
  #pending: NameChange[] = []

  apply(change: Change): void {
    switch (change.kind) {
      case 'create': {
        const file: File = { bytes: Buffer.alloc(0), flushed: 0 }
        this.#files.set(change.file, file)
        this.#name([{ path: change.path, file }])
        break
      }
      case 'append': {
        const file = this.#files.get(change.file)!
        file.bytes = Buffer.concat([file.bytes, change.bytes])
        break
      }
      case 'sync': {
        const file = this.#files.get(change.file)!
        file.flushed = file.bytes.length
        break
      }
      case 'folder': this.#name([{ path: change.path, file: 'folder' }]); break
      case 'rename': {
        const file = this.#names.get(change.from)
        this.#name([{ path: change.to, file }, { path: change.from, file: undefined }])
        break
      }
      case 'remove': this.#name([{ path: change.path, file: undefined }]); break
      case 'syncFolder':
        for (const { path, file } of this.#pending) if (dirname(path) === folderName(change.path)) set(this.#kept, path, file)
        this.#pending = this.#pending.filter(({ path }) => dirname(path) !== folderName(change.path))
        break
      case 'mark': break
    }
  }

  /** What is left after power has failed now. A name whose folder is lost is lost with it. */
  cut({ data, keepsName }: Medium): Map<string, Uint8Array | 'folder'> {
    const names = new Map(this.#kept)
    this.#pending.forEach(({ path, file }, nth) => {
      if (keepsName(nth)) set(names, path, file)
    })
    const reachable = [...names].filter(([path]) => leadsTo(path).every((folder) => names.get(folder) === 'folder'))
    return new Map(reachable.sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, file]) => [path, file === 'folder' ? file : left(file, data)]))
  }

  #name(changes: readonly NameChange[]): void {
    for (const { path, file } of changes) set(this.#names, path, file)
    this.#pending.push(...changes)
  }
}

function left({ bytes, flushed }: File, data: number): Uint8Array {
  return bytes.subarray(0, flushed + Math.floor((bytes.length - flushed) * data))
}

async function write(state: ReadonlyMap<string, Uint8Array | 'folder'>, target: string): Promise<void> {
  await mkdir(target, { recursive: true })
  for (const [path, what] of state) {
    if (what === 'folder') await mkdir(join(target, path), { recursive: true })
    else await writeFile(join(target, path), what)
  }
}

/** The same for states that are the same: most moments leave what another leaves too. */
function signature(state: ReadonlyMap<string, Uint8Array | 'folder'>, done: ReadonlySet<string>): string {
  const hash = createHash('sha256').update(JSON.stringify([...done]))
  for (const [path, what] of state) hash.update(JSON.stringify([path, what.length])).update(what)
  return hash.digest('hex')
}

/** `dirname` says `.` where `relative` says nothing. */
function folderName(path: string): string {
  return path === '' ? '.' : path
}

function leadsTo(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

function set<V>(map: Map<string, V>, key: string, value: V | undefined): void {
  if (value === undefined) map.delete(key)
  else map.set(key, value)
}

/**
 * Every state in which power failing can leave the folder: after each change, on each of the media.
 * @param since the mark before which power does not fail
 * @param check is given the folder, and what had been said to be done
 * @returns how many different states there were
 */
export async function cutPowerEverywhere(
  { changes, media, place, since }: { changes: readonly Change[]; media: readonly Medium[]; place: string; since?: string },
  check: (folder: string, done: ReadonlySet<string>) => Promise<void>,
): Promise<number> {
  const disk = new Disk()
  const done = new Set<string>()
  const seen = new Set<string>()
  for (const change of changes) {
    disk.apply(change)
    if (change.kind === 'mark') done.add(change.name)
    if (since !== undefined && !done.has(since)) continue
    for (const medium of media) {
      const state = disk.cut(medium)
      const key = signature(state, done)
      if (seen.has(key)) continue
      seen.add(key)
      const folder = join(place, String(seen.size))
      await write(state, folder)
      await check(folder, done)
      await rm(folder, { recursive: true })
    }
  }
  return seen.size
}
