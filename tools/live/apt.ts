import { access, mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { DebianMirror } from './mirror.ts'
import { run } from './run.ts'

/** Debian's suites that something is taken from; each has pins of its own in the lock file. */
export type Suite = 'bookworm' | 'trixie'

export interface ServedPackage {
  name: string
  version: string
  sha256: string
  /** Name of the file that `download` writes, e.g. `kmod_30+20221128-1_amd64.deb`. */
  file: string
}

/** Holds the keys of every suite; machines without it fall back on the keys that apt itself trusts. */
const DEBIAN_KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'

/**
 * apt with state, cache and sources of its own and an EMPTY list of installed packages, so that what it
 * resolves depends on the mirror alone, never on the machine, and needs no root.
 * The machine's other settings (proxy, certificates) stay in force.
 */
export class PrivateApt {
  readonly #configuration: string

  private constructor(configuration: string) {
    this.#configuration = configuration
  }

  /** Prepares `folder` and downloads the indexes of `suite`, its updates and its security fixes. */
  static async open(folder: string, suite: Suite, mirror: DebianMirror): Promise<PrivateApt> {
    await mkdir(path.join(folder, 'state/lists/partial'), { recursive: true })
    await mkdir(path.join(folder, 'cache/archives/partial'), { recursive: true })
    await writeFile(path.join(folder, 'status'), '')
    await writeFile(path.join(folder, 'sources.list'), sourcesList(suite, mirror, await exists(DEBIAN_KEYRING)))
    const configuration = path.join(folder, 'apt.conf')
    await writeFile(configuration, aptConfiguration(path.resolve(folder)))
    const apt = new PrivateApt(configuration)
    await apt.#run('apt-get', ['update', '--error-on=any'])
    return apt
  }

  /** Names of everything that `roots` need to be installed on a bare machine, themselves included. */
  async closure(roots: readonly string[]): Promise<string[]> {
    return parseSimulation(await this.#run('apt-get', ['install', '--simulate', ...roots]))
  }

  /** Direct dependencies of a package, alternatives included. */
  async dependencies(name: string): Promise<string[]> {
    const output = await this.#run('apt-cache', ['depends', '--important', name])
    return [...output.matchAll(/^\s*\|?Depends: (\S+)$/gm)].map((match) => match[1] ?? '')
  }

  /** Versions of each package that the mirror still serves. */
  async versions(names: readonly string[]): Promise<Map<string, Set<string>>> {
    return parseMadison(await this.#run('apt-cache', ['madison', ...names]))
  }

  /** What would be downloaded for `NAME` (newest) or `NAME=VERSION`. */
  async describe(wanted: readonly string[]): Promise<ServedPackage[]> {
    return parseUris(await this.#run('apt-get', ['download', '--print-uris', ...wanted]))
  }

  /** Downloads packages into `folder`; apt checks them against the signed indexes. */
  async download(wanted: readonly string[], folder: string): Promise<void> {
    await this.#run('apt-get', ['download', ...wanted], folder)
  }

  #run(tool: 'apt-get' | 'apt-cache', args: readonly string[], cwd?: string): Promise<string> {
    const argv = ['-c', this.#configuration, '-qq', ...args]
    return run(tool, argv, { env: { ...process.env, LC_ALL: 'C' }, ...(cwd === undefined ? {} : { cwd }) })
  }
}

export function sourcesList(suite: Suite, mirror: DebianMirror, keyring: boolean): string {
  const options = keyring ? `[signed-by=${DEBIAN_KEYRING}] ` : ''
  const lines = [`deb ${options}${mirror.main} ${suite} main`, `deb ${options}${mirror.main} ${suite}-updates main`]
  if (mirror.security !== undefined) lines.push(`deb ${options}${mirror.security} ${suite}-security main`)
  return `${lines.join('\n')}\n`
}

function aptConfiguration(folder: string): string {
  return `Dir::State "${folder}/state";
Dir::State::status "${folder}/status";
Dir::Cache "${folder}/cache";
Dir::Etc::SourceList "${folder}/sources.list";
Dir::Etc::SourceParts "-";
Dir::Etc::Preferences "-";
Dir::Etc::PreferencesParts "-";
Debug::NoLocking "true";
APT::Architecture "amd64";
#clear APT::Architectures;
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
`
}

/** `Inst kmod (30+20221128-1 Debian:12.12/oldstable [amd64])` → `kmod` */
export function parseSimulation(output: string): string[] {
  return [...output.matchAll(/^Inst (\S+) /gm)].map((match) => match[1] ?? '').sort()
}

/** `kmod | 30+20221128-1 | http://… bookworm/main amd64 Packages` */
export function parseMadison(output: string): Map<string, Set<string>> {
  const versions = new Map<string, Set<string>>()
  for (const line of output.split('\n')) {
    const [name, version] = line.split('|').map((field) => field.trim())
    if (name === undefined || version === undefined) continue
    versions.set(name, (versions.get(name) ?? new Set()).add(version))
  }
  return versions
}

/** `'http://…' kmod_30+20221128-1_amd64.deb 95180 SHA256:…`; an epoch's colon is written `%3a` in the file's name. */
export function parseUris(output: string): ServedPackage[] {
  return [...output.matchAll(/^'\S+' ((\S+?)_(\S+?)_\S+\.deb) \d+ SHA256:([0-9a-f]{64})$/gm)].map((match) => {
    const [, file = '', name = '', version = '', sha256 = ''] = match
    return { name, version: version.replaceAll('%3a', ':'), sha256, file }
  })
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(() => true, () => false)
}
