import { access, lstat, mkdir, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { run } from './run.ts'

/** bookworm keeps grub-bios-setup beside GRUB's own modules. */
const BINARY_FOLDERS = ['usr/bin', 'usr/sbin', 'bin', 'sbin', 'usr/lib/grub/i386-pc']
const LIBRARY_FOLDERS = ['lib/x86_64-linux-gnu', 'usr/lib/x86_64-linux-gnu', 'lib64', 'usr/lib', 'lib']
const MOST_LINKS = 16

/** Debian packages laid out in a folder, none of their scripts run: what the live system's files are picked from. */
export class Sysroot {
  readonly folder: string

  constructor(folder: string) {
    this.folder = folder
  }

  /** Unpacks packages into a new folder, unless it holds the same ones already. */
  static async unpack(debs: readonly string[], folder: string): Promise<Sysroot> {
    const stamp = path.join(folder, '.unpacked')
    const wanted = debs.map((deb) => path.basename(deb)).join('\n')
    if ((await readFile(stamp, 'utf8').catch(() => '')) !== wanted) {
      await rm(folder, { recursive: true, force: true })
      await mkdir(folder, { recursive: true })
      for (const deb of debs) await run('dpkg-deb', ['--extract', deb, folder])
      await writeFile(stamp, wanted)
    }
    return new Sysroot(folder)
  }

  /** Path of a file of the packages that must be there, for example `usr/lib/ipxe/undionly.kpxe`. */
  async file(name: string): Promise<string> {
    const file = path.join(this.folder, name)
    await access(file).catch(() => {
      throw new Error(`no Debian package of the recipe has ${name}`)
    })
    return this.resolve(file)
  }

  /** Paths of the programs whose name fits a pattern (`partclone.*`); at least one. */
  async programs(pattern: string): Promise<string[]> {
    const found = new Map<string, string>()
    for (const folder of BINARY_FOLDERS) {
      for (const name of await this.#names(folder)) {
        if (path.matchesGlob(name, pattern) && !found.has(name)) found.set(name, path.join(this.folder, folder, name))
      }
    }
    if (found.size === 0) throw new Error(`no Debian package of the recipe has a program named ${pattern}`)
    return [...found.values()].sort()
  }

  /** Path of the program of that name. */
  async program(name: string): Promise<string> {
    const [file = ''] = await this.programs(name)
    return this.resolve(file)
  }

  /** Path of a shared library by its soname, or undefined. */
  async library(soname: string): Promise<string | undefined> {
    for (const folder of LIBRARY_FOLDERS) {
      const file = path.join(this.folder, folder, soname)
      if (await lstat(file).then(() => true, () => false)) return this.resolve(file)
    }
    return undefined
  }

  /** Follows symbolic links as they would be followed inside the sysroot, where `/` is its own folder. */
  async resolve(file: string): Promise<string> {
    let at = file
    for (let links = 0; links < MOST_LINKS; links++) {
      if (!(await lstat(at)).isSymbolicLink()) return at
      const target = await readlink(at)
      at = target.startsWith('/') ? path.join(this.folder, target) : path.resolve(path.dirname(at), target)
    }
    throw new Error(`${file}: too many symbolic links`)
  }

  async #names(folder: string): Promise<string[]> {
    return readdir(path.join(this.folder, folder)).catch(() => [])
  }
}
