import { copyFile, mkdir, readFile, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { parseModulesDep, selectModules } from './modules.ts'
import { run } from './run.ts'
import type { Sysroot } from './sysroot.ts'
import type { Tree } from './tree.ts'

/** Facts about modules inside the kernel itself, which depmod reads beside the files. */
const BUILT_IN = ['modules.builtin', 'modules.builtin.modinfo', 'modules.order']

/** Debian's signed kernel, as its package lays it out. */
export interface Kernel {
  /** `uname -r`, e.g. `6.12.117+deb12-amd64` */
  version: string
  image: string
  /** Folder of its modules. */
  modules: string
}

export async function findKernel(sysroot: Sysroot): Promise<Kernel> {
  const folder = path.join(sysroot.folder, 'lib/modules')
  const versions = await readdir(folder)
  const [version] = versions
  if (version === undefined || versions.length > 1) throw new Error(`one kernel expected in ${folder}, found ${versions.length}`)
  return { version, image: await sysroot.file(`boot/vmlinuz-${version}`), modules: path.join(folder, version) }
}

/**
 * Adds the chosen modules and the indexes that modprobe reads. Compressed modules are unpacked: the image around
 * them compresses better, and their signature is inside. They are never stripped, which would break it.
 * @param scratch a folder that may be overwritten
 */
export async function addModules(tree: Tree, kernel: Kernel, patterns: readonly string[], scratch: string): Promise<void> {
  const available = parseModulesDep(await modulesDep(kernel))
  const target = path.join(scratch, 'lib/modules', kernel.version)
  await rm(scratch, { recursive: true, force: true })
  for (const module of selectModules(available, patterns)) await copyModule(kernel.modules, target, module)
  const packed = (await readdir(target, { recursive: true })).filter((name) => name.endsWith('.xz'))
  if (packed.length > 0) await run('xz', ['--decompress', ...packed.map((name) => path.join(target, name))])
  for (const name of BUILT_IN) await copyFile(path.join(kernel.modules, name), path.join(target, name))
  await run('depmod', ['--basedir', scratch, kernel.version])
  for (const entry of await readdir(target, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name)
    if (entry.isFile()) tree.addCopy(path.join('usr/lib/modules', kernel.version, path.relative(target, file)), file)
  }
}

/** Debian's package has no `modules.dep`: it is made when the kernel is installed. */
async function modulesDep(kernel: Kernel): Promise<string> {
  const file = path.join(kernel.modules, 'modules.dep')
  const sysroot = path.resolve(kernel.modules, '../../..')
  return readFile(file, 'utf8').catch(async () => {
    await run('depmod', ['--basedir', sysroot, kernel.version])
    return readFile(file, 'utf8')
  })
}

async function copyModule(from: string, to: string, module: string): Promise<void> {
  await mkdir(path.dirname(path.join(to, module)), { recursive: true })
  await copyFile(path.join(from, module), path.join(to, module))
}
