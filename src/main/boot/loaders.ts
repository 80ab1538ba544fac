/** The network boot loaders that firmware starts: the folder that `tools/live/boot-files.ts` fills. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { LOADER_FILES, StaticTree, type BootTree } from '../pxe/index.ts'

export interface LoaderFolder {
  path: string
  /** Those that are not there, now. */
  missing(): string[]
  tree: BootTree
}

export function openLoaderFolder(path: string): LoaderFolder {
  return {
    path,
    missing: () => LOADER_FILES.filter((file) => !existsSync(join(path, file))),
    tree: new StaticTree(path, LOADER_FILES.map((file) => ({ path: file }))),
  }
}
