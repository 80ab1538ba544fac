import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { addModules } from './kernel.ts'
import { addBusyboxLinks, addLibraries, addPrograms } from './programs.ts'
import { FOLDERS, PROGRAMS, ROOT_MODULES } from './recipe.ts'
import { run } from './run.ts'
import { appendToSquashfs, makeSquashfs } from './squashfs.ts'
import type { StageInputs } from './stage1.ts'
import type { Sysroot } from './sysroot.ts'
import { emptyRoot, Tree } from './tree.ts'

/** Where `init` finds the agent. */
const AGENT = 'opt/clonaula/live.mjs'

/**
 * Builds the root without the agent. The agent is added by `addAgent`, which takes a second,
 * since it is the only part that changes from one day to the next.
 * @param node the Node executable that the agent will run on
 */
export async function buildRoot(inputs: StageInputs, node: string, squashfs: string): Promise<void> {
  const { sysroot, resources, scratch, epoch } = inputs
  const tree = emptyRoot()
    .addCopy('init', path.join(resources, 'init'), 0o755)
    .addCopy('usr/lib/clonaula/console.sh', path.join(resources, 'console.sh'))
    .addCopy('usr/lib/clonaula/dhcp-event', path.join(resources, 'dhcp-event'), 0o755)
    .addText('etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n')
    .addText('etc/group', 'root:x:0:\n')
    .addText('etc/hosts', '127.0.0.1 localhost\n::1 localhost\n')
    .addText('etc/nsswitch.conf', 'passwd: files\ngroup: files\nhosts: files dns\n')
    .addLink('etc/mtab', '../proc/self/mounts')
    .addLink('etc/resolv.conf', '../run/resolv.conf')
  await mkdir(scratch, { recursive: true })
  const stripped = path.join(scratch, 'node')
  await run('strip', ['--strip-all', '-o', stripped, node])
  await addPrograms(tree, sysroot, PROGRAMS, new Map([['node', stripped]]))
  // glibc loads it by name to end a thread.
  await addLibraries(tree, sysroot, new Map([['libgcc_s.so.1', 'glibc']]))
  addBusyboxLinks(tree, inputs.busybox)
  for (const { folder, files } of FOLDERS) await addFolder(tree, sysroot, folder, files)
  await addModules(tree, inputs.kernel, ROOT_MODULES, path.join(scratch, 'root-modules'))
  const staging = path.join(scratch, 'root')
  await tree.writeTo(staging, epoch)
  await makeSquashfs(staging, squashfs, epoch)
  await rm(staging, { recursive: true })
}

async function addFolder(tree: Tree, sysroot: Sysroot, folder: string, patterns: readonly string[]): Promise<void> {
  const from = path.join(sysroot.folder, folder)
  const names = await readdir(from)
  for (const pattern of patterns) {
    const fitting = names.filter((name) => path.matchesGlob(name, pattern))
    if (fitting.length === 0) throw new Error(`${from} has no ${pattern}`)
    for (const name of fitting) tree.addCopy(path.join(folder, name), path.join(from, name))
  }
}

/** Makes the whole root (`squashfs`) out of the one without the agent (`base`). */
export async function addAgent(base: string, agent: string, squashfs: string, scratch: string, epoch: number): Promise<void> {
  const staging = path.join(scratch, 'agent')
  await new Tree().addCopy(AGENT, agent).writeTo(staging, epoch)
  const unfinished = `${squashfs}.part`
  await copyFile(base, unfinished)
  await appendToSquashfs(staging, unfinished, epoch)
  await rename(unfinished, squashfs)
}
