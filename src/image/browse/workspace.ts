import { lstat, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { mountsBelow } from '../mounts/mount-table.ts'
import { isAbandoned, makeOwnFolder } from '../mounts/own-folder.ts'
import { runCommand } from '../run/run.ts'

const PREFIX = 'clonaula-browse-'

/** A private folder for sockets, mounts and what was written, and what has to be undone before it goes. */
export class Workspace implements AsyncDisposable {
  readonly folder: string
  readonly #undo: (() => Promise<unknown>)[] = []

  private constructor(folder: string) {
    this.folder = folder
  }

  static async open(): Promise<Workspace> {
    return new Workspace(await makeOwnFolder(PREFIX))
  }

  path(name: string): string {
    return join(this.folder, name)
  }

  /** To be done when the workspace is closed, however it comes to that; the last one first. */
  defer(undo: () => Promise<unknown>): void {
    this.#undo.push(undo)
  }

  /** Undoes everything, also when some of it fails. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = []
    for (const undo of this.#undo.splice(0).toReversed()) await undo().catch((cause: unknown) => failures.push(cause))
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 }).catch((cause: unknown) => failures.push(cause))
    if (failures.length > 0) throw failures[0]
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/**
 * Takes away what processes that were killed had mounted: their server is gone, and every access fails. What was written
 * there and not saved is lost.
 * @returns the folders of users that were such mounts
 */
export async function sweepWorkspaces(): Promise<string[]> {
  const places: string[] = []
  for (const name of await readdir(tmpdir())) {
    const folder = join(tmpdir(), name)
    if (!await isAbandoned(folder, PREFIX) || !await isOurs(folder)) continue
    for (const { place } of await mountsBelow(folder)) {
      await runCommand(['umount', '--lazy', place])
      if (!place.startsWith(`${folder}/`)) places.push(place)
    }
    await rm(folder, { recursive: true, force: true })
  }
  return places
}

/** Anybody may make folders of any name there. */
async function isOurs(folder: string): Promise<boolean> {
  const facts = await lstat(folder)
  return facts.isDirectory() && facts.uid === process.getuid?.()
}
