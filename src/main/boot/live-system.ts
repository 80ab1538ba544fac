/** The live system that clients boot: the folder that `npm run live` fills, described by its `live.json`. */
import { readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { z } from 'zod'
import type { ConsoleView } from '#shared/contract/views.ts'
import { Sha256Hex } from '#shared/domain/ids.ts'
import { LIVE_FILES, StaticTree, type BootTree } from '../pxe/index.ts'

const FileFacts = z.object({ size: z.number().int().nonnegative(), sha256: Sha256Hex })
const names = { kernel: basename(LIVE_FILES.kernel), initrd: basename(LIVE_FILES.initrd), root: basename(LIVE_FILES.root) }
const Manifest = z.object({
  version: z.string().max(100),
  kernel: z.string().max(100),
  files: z.object({ [names.kernel]: FileFacts, [names.initrd]: FileFacts, [names.root]: FileFacts }),
})

export interface LiveSystem {
  /** What the console shows of it. */
  view: NonNullable<ConsoleView['live']>
  /** Which the kernel's command line tells stage 1 to check. */
  rootSha256: Sha256Hex
}

export interface LiveFolder {
  path: string
  /** The live system as it is now; undefined while there is none, or not all of it. Read again when it was built anew. */
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
  const facts = Object.entries(files)
  const whole = facts.every(([name, { size }]) => statSync(join(path, name), { throwIfNoEntry: false })?.size === size)
  const root = files[names.root]
  if (!whole || !root) return undefined
  return { view: { version, kernel, bytes: facts.reduce((sum, [, { size }]) => sum + size, 0) }, rootSha256: root.sha256 }
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return undefined
  }
}
