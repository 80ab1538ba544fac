/** The live system that clients boot: the folder that `npm run live` fills, described by its `live.json`. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { ConsoleView } from '#shared/contract/views.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { LIVE_FILES, StaticTree, type BootTree } from '../pxe/index.ts'

const FileFacts = z.object({ size: z.number().int().nonnegative(), sha256: Sha256Hex })
/** Other files may be named beside the three that clients fetch. */
const Manifest = z.object({
  version: z.string().max(100),
  kernel: z.string().max(100),
  files: z.record(z.string(), FileFacts),
})

export interface LiveSystem {
  /** What the console shows of it. */
  view: NonNullable<ConsoleView['live']>
  /** Which the kernel's command line tells stage 1 to check. */
  rootSha256: Sha256Hex
}

export interface LiveFolder {
  path: string
  /** As it is now, also after it was built anew; undefined while there is none, or not all of it. */
  current(): LiveSystem | undefined
  tree: BootTree
}

export function openLiveFolder(path: string): LiveFolder {
  let seen: { builtAt: number; live: LiveSystem | undefined } | undefined
  return {
    path,
    current() {
      // The builder writes live.json last and in one step: a new one means that all is new.
      const builtAt = statSync(join(path, 'live.json'), { throwIfNoEntry: false })?.mtimeMs
      if (builtAt === undefined) return undefined
      if (seen?.builtAt !== builtAt) seen = { builtAt, live: readLive(path) }
      return seen.live
    },
    tree: new StaticTree(path, Object.entries(LIVE_FILES).map(([, file]) => ({ path: file, source: basename(file) }))),
  }
}

function readLive(path: string): LiveSystem | undefined {
  const parsed = Manifest.safeParse(readJson(join(path, 'live.json')))
  if (!parsed.success) return undefined
  const { version, kernel, files } = parsed.data
  let bytes = 0
  for (const name of Object.values(LIVE_FILES).map((file) => basename(file))) {
    const size = statSync(join(path, name), { throwIfNoEntry: false })?.size
    if (size === undefined || size !== files[name]?.size) return undefined
    bytes += size
  }
  const root = files[basename(LIVE_FILES.root)]
  return root && { view: { version, kernel, bytes }, rootSha256: root.sha256 }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
