import { ClonaulaError } from '#shared/domain/errors.ts'
import { streamCommand } from '../run/run.ts'
import type { CallOptions } from '../store.ts'

/** One name of a filesystem, as find(1) tells. */
export interface TreeEntry {
  /** From where it was looked, without a slash in front; empty for that place itself. */
  path: string
  /** `f` file, `d` folder, `l` link, `b`, `c`, `p`, `s` as ls(1) shows them. */
  kind: string
  /** Bytes. */
  size: number
  /** Seconds since 1970, with their fraction. */
  modified: string
  /** Permission bits in octal. */
  mode: string
  /** Number of user and group. */
  owner: string
  /** Where a link points, as written in it. */
  target: string
}

const FORMAT = ['%P', '%y', '%s', '%T@', '%m', '%U:%G', '%l'].map((field) => `${field}\\0`).join('')
const FIELDS = 7

export interface TreeOptions extends CallOptions {
  /** How deep to go: 0 the place itself, 1 what is in it too; all of it when left out. */
  depth?: number
}

/**
 * Lists what is below a place of a mounted image; links are shown and not followed, and other mounts are left out. By a
 * process of its own: this one may be the one that answers the reads.
 * @throws `filesystem` something cannot be read
 */
export async function* listTree(place: string, { depth, signal }: TreeOptions = {}): AsyncGenerator<TreeEntry> {
  const depths = depth === undefined ? [] : ['-maxdepth', String(depth)]
  // A trailing slash would follow a link, a dash in front would be an option: places are absolute, and end with a name.
  const { stdin, stdout, done } = streamCommand(['find', '-P', place, '-xdev', ...depths, '-printf', FORMAT], { signal })
  stdin.end()
  const outcome = done.then(() => undefined, (cause: unknown) => cause)
  let fields: string[] = []
  for await (const text of fieldsOf(stdout)) {
    fields.push(text)
    if (fields.length < FIELDS) continue
    yield entryOf(fields)
    fields = []
  }
  const failure = await outcome
  if (!failure) return
  signal?.throwIfAborted()
  const problem = failure instanceof Error ? failure.message : ''
  throw new ClonaulaError('filesystem', problem, { target: place, problem }, { cause: failure })
}

/** Texts that each end with a NUL; bytes that are no UTF-8 become U+FFFD. */
async function* fieldsOf(stream: AsyncIterable<Buffer>): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of stream) {
    rest = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    let start = 0
    for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0, start)) {
      yield rest.toString('utf8', start, end)
      start = end + 1
    }
    rest = rest.subarray(start)
  }
}

function entryOf([path = '', kind = '', size = '', modified = '', mode = '', owner = '', target = '']: readonly string[]): TreeEntry {
  return { path, kind, size: Number(size), modified, mode, owner, target }
}
