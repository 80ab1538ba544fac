import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile, readdir, rename, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

const FileFacts = z.strictObject({ size: z.number().int().nonnegative(), sha256: z.string().length(64) })

/** Size in bytes and SHA-256 of an output. */
export type FileFacts = z.infer<typeof FileFacts>

const Manifest = z.object({ builtFrom: z.string(), files: z.record(z.string(), FileFacts) })

/** Common part of `live.json` and `boot.json`: what was made, and the hash of all that it was made from. */
export type Manifest = z.infer<typeof Manifest>

export async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file), hash)
  return hash.digest('hex')
}

export async function describeFiles(folder: string, names: readonly string[]): Promise<Record<string, FileFacts>> {
  const files: Record<string, FileFacts> = {}
  for (const name of names) {
    const file = path.join(folder, name)
    files[name] = { size: (await stat(file)).size, sha256: await sha256Of(file) }
  }
  return files
}

/** Written last and in one step: a manifest means that everything it names is there. */
export async function writeManifest(file: string, manifest: Manifest & Record<string, unknown>): Promise<void> {
  await writeFile(`${file}.part`, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(`${file}.part`, file)
}

/** True if the manifest was made from any of these inputs (hashes) and its files are still there, by their sizes. */
export async function isUpToDate(file: string, acceptable: readonly string[]): Promise<boolean> {
  const manifest = await readManifest(file)
  if (manifest === undefined || !acceptable.includes(manifest.builtFrom)) return false
  for (const [name, { size }] of Object.entries(manifest.files)) {
    const found = await stat(path.join(path.dirname(file), name)).catch(() => undefined)
    if (found?.size !== size) return false
  }
  return true
}

async function readManifest(file: string): Promise<Manifest | undefined> {
  try {
    return Manifest.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch {
    // Missing or damaged: it is made anew.
    return undefined
  }
}

/** One hash for a list of inputs; each is length-prefixed, so that none runs into the next. */
export function hashInputs(inputs: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256')
  for (const input of inputs) hash.update(`${Buffer.byteLength(input)}:`).update(input)
  return hash.digest('hex')
}

/** Contents of a folder's files whose name passes, with their names, sorted. */
export async function readInputs(folder: string, passes: (name: string) => boolean = () => true): Promise<(string | Buffer)[]> {
  const names = (await readdir(folder)).filter(passes).sort()
  const contents = await Promise.all(names.map((name) => readFile(path.join(folder, name))))
  return names.flatMap((name, index) => [name, contents[index] ?? ''])
}
