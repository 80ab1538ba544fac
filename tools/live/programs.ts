import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { isElf, neededLibraries } from './elf.ts'
import { libraryClosure } from './libraries.ts'
import type { Sysroot } from './sysroot.ts'
import type { Tree } from './tree.ts'

/** The dynamic loader: no program names it as a library, every one starts through it. */
const LOADER = 'ld-linux-x86-64.so.2'

/**
 * Adds programs to `usr/bin`: those of the sysroot that fit `patterns`, with the names that are links to
 * them, and `extra` ones (name → file) that come from elsewhere. Then every shared library that they need.
 */
export async function addPrograms(
  tree: Tree,
  sysroot: Sysroot,
  patterns: readonly string[],
  extra: ReadonlyMap<string, string> = new Map(),
): Promise<void> {
  const files = new Map(extra)
  for (const pattern of patterns) {
    for (const file of await sysroot.programs(pattern)) await pickProgram(tree, sysroot, file, files)
  }
  const wanted = new Map([[LOADER, 'every program']])
  for (const [name, file] of files) {
    tree.addCopy(`usr/bin/${name}`, file, 0o755)
    const bytes = await readFile(file)
    if (isElf(bytes)) for (const soname of neededLibraries(bytes)) wanted.set(soname, name)
  }
  await addLibraries(tree, sysroot, wanted)
}

/** A link between programs stays a link (`modprobe` → `kmod`) and brings what it names. */
async function pickProgram(tree: Tree, sysroot: Sysroot, file: string, files: Map<string, string>): Promise<void> {
  const name = path.basename(file)
  const real = await sysroot.resolve(file)
  const realName = path.basename(real)
  files.set(realName, real)
  if ((await lstat(file)).isSymbolicLink() && realName !== name) tree.addLink(`usr/bin/${name}`, realName)
}

/** Adds libraries (soname → who needs it) and what those need in turn to `usr/lib`, where the loader looks by itself. */
export async function addLibraries(tree: Tree, sysroot: Sysroot, wanted: ReadonlyMap<string, string>): Promise<void> {
  const libraries = await libraryClosure(wanted, async (soname) => {
    const file = await sysroot.library(soname)
    return file === undefined ? undefined : { file, needs: neededLibraries(await readFile(file)) }
  })
  for (const [soname, file] of libraries) tree.addCopy(`usr/lib/${soname}`, file, 0o755)
}

/** Gives the names of busybox's own commands to whatever has no real program. */
export function addBusyboxLinks(tree: Tree, commands: readonly string[]): void {
  for (const command of commands) {
    if (!tree.has(`usr/bin/${command}`)) tree.addLink(`usr/bin/${command}`, 'busybox')
  }
}
