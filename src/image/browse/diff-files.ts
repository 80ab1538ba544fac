import type { VolumeFacts } from '#shared/formats/manifest-facts.ts'
import type { CallOptions } from '../store.ts'
import type { LocalRepository } from '../repository/local.ts'
import { runCommand } from '../run/run.ts'
import { OpenRevision } from './revision.ts'
import { OpenVolume } from './open-volume.ts'
import { listTree, type TreeEntry } from './tree.ts'

/** What became of a name between two revisions. */
export interface FileChange {
  path: string
  change: 'added' | 'removed' | 'changed'
  before?: TreeEntry
  after?: TreeEntry
}

export interface DiffFilesOptions extends CallOptions {
  /** Partition; the only one with files when left out. */
  partition?: number | undefined
  /** Read files of one size whose times differ, and leave out those whose content, mode and owner are the same. */
  content?: boolean
}

/** Names that are handed to one sha256sum. */
const BATCH = 500

/**
 * What names were added, removed and changed (kind, size, time, mode, owner or target) from one revision to another, by name.
 * The two are mounted one after the other: filesystems with the same UUID do not like to be mounted together.
 * @param before `NAME[@REV]` · @param after likewise
 * @throws `image` · `unknownFilesystem` nobody can mount it · `noWriteAccess` not root · what the repository throws
 */
export async function diffFiles(
  repository: LocalRepository, before: string, after: string, options: DiffFilesOptions = {},
): Promise<FileChange[]> {
  const earlier = await chosen(repository, before, options)
  const later = await chosen(repository, after, options)
  const had = await withFiles(earlier, options, treeOf)
  const has = await withFiles(later, options, treeOf)
  const changes = compareTrees(had, has)
  if (!options.content) return changes
  const doubtful = changes.filter(isDoubtful).map(({ path }) => path)
  const sumsBefore = await withFiles(earlier, options, (folder) => sums(folder, doubtful, options))
  const sumsAfter = await withFiles(later, options, (folder) => sums(folder, doubtful, options))
  return changes.filter((each) => !isDoubtful(each) || sumsBefore.get(each.path) !== sumsAfter.get(each.path))
}

/** By name. What is a folder in both counts as the same when only its time differs: what is in it is listed itself. */
export function compareTrees(before: ReadonlyMap<string, TreeEntry>, after: ReadonlyMap<string, TreeEntry>): FileChange[] {
  const changes: FileChange[] = []
  for (const [path, entry] of after) {
    const earlier = before.get(path)
    if (!earlier) changes.push({ path, change: 'added', after: entry })
    else if (!sameEntry(earlier, entry)) changes.push({ path, change: 'changed', before: earlier, after: entry })
  }
  for (const [path, entry] of before) {
    if (!after.has(path)) changes.push({ path, change: 'removed', before: entry })
  }
  return changes.sort((a, b) => (a.path < b.path ? -1 : 1))
}

function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  const sameNames = a.kind === b.kind && a.mode === b.mode && a.owner === b.owner && a.target === b.target
  return sameNames && (a.kind === 'd' || (a.size === b.size && a.modified === b.modified))
}

/** A file of which only the time tells that it may have changed. */
function isDoubtful({ before, after }: FileChange): boolean {
  return before !== undefined && after !== undefined && before.kind === 'f' && sameEntry(before, { ...after, modified: before.modified })
}

interface Chosen {
  revision: OpenRevision
  volume: VolumeFacts
}

async function chosen(repository: LocalRepository, name: string, { partition, signal }: DiffFilesOptions): Promise<Chosen> {
  const revision = await OpenRevision.open(repository, name, { signal })
  return { revision, volume: revision.withFiles(partition) }
}

async function withFiles<T>(
  { revision, volume }: Chosen, { signal }: CallOptions, work: (folder: string) => Promise<T>,
): Promise<T> {
  await using open = await OpenVolume.open(revision, volume, { write: false, signal })
  return await work((await open.mount(undefined, { signal })).folder)
}

async function treeOf(folder: string): Promise<Map<string, TreeEntry>> {
  const tree = new Map<string, TreeEntry>()
  for await (const entry of listTree(folder)) {
    if (entry.path !== '') tree.set(entry.path, entry)
  }
  return tree
}

/** SHA-256 of files, by name. */
async function sums(folder: string, paths: readonly string[], { signal }: CallOptions): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let at = 0; at < paths.length; at += BATCH) {
    const batch = paths.slice(at, at + BATCH)
    const { stdout } = await runCommand(['sha256sum', '--zero', '--', ...batch], { cwd: folder, signal })
    for (const line of stdout.split('\0')) found.set(line.slice(66), line.slice(0, 64))
  }
  return found
}
