import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { fileError, type DurableFiles } from './files.ts'

/** What `repository.json` says. */
const Description = z.object({ format: z.literal(1), id: z.uuid() })
const FOLDERS = ['packs', 'manifests', 'images', 'tmp', 'locks']

/** The identity of the repository in a folder; undefined where there is none. @throws `image` not one of this version */
export async function readIdentity(root: string): Promise<string | undefined> {
  const path = join(root, 'repository.json')
  try {
    return Description.parse(JSON.parse(await readFile(path, 'utf8'))).id
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    if (!(cause instanceof SyntaxError) && !(cause instanceof z.ZodError)) throw fileError(path, cause)
    throw new ClonaulaError('image', `${path} is not of a repository that this version knows`, {}, { cause })
  }
}

/**
 * Makes a repository in a folder that is missing or empty, or where making one was interrupted: until its last file is
 * there, all that it has is empty folders.
 * @returns its identity
 * @throws `image` something else is there
 */
export async function makeRepository(root: string, files: DurableFiles): Promise<string> {
  try {
    await files.makeRoot()
    if (await holdsAnything(root)) throw new ClonaulaError('image', `${root} is neither empty nor a repository`)
    for (const folder of FOLDERS) await files.makeFolder(join(root, folder))
    const id = randomUUID()
    await files.publishText(join(root, 'repository.json'), `${JSON.stringify({ format: 1, id })}\n`)
    return id
  } catch (cause) {
    throw fileError(root, cause)
  }
}

/** Anything but the folders of a repository with nothing in them; drafts may be in `tmp`. */
async function holdsAnything(root: string): Promise<boolean> {
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory() || !FOLDERS.includes(entry.name)) return true
    if (entry.name !== 'tmp' && (await readdir(join(root, entry.name))).length > 0) return true
  }
  return false
}
