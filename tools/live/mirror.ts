import { run } from './run.ts'

/** Where Debian's packages come from, e.g. `https://mirror.example/debian`; `security` serves the `-security` suites. */
export interface DebianMirror {
  main: string
  security: string | undefined
}

/** Suites that only Debian's own archive has, so that a third party's repository is never taken for it. */
const DEBIAN_SUITE = /^(bullseye|bookworm|trixie|forky|sid|oldoldstable|oldstable|stable|testing|unstable)(-security)?$/

/**
 * Finds Debian's archive among the package indexes that apt is configured with.
 * @param targets lines of `URI SUITE COMPONENT`, as `apt-get indextargets` writes them
 */
export function chooseMirror(targets: string): DebianMirror | undefined {
  const found: Partial<Record<'main' | 'security', string>> = {}
  for (const line of targets.split('\n')) {
    const [uri, suite, component] = line.trim().split(/\s+/)
    const match = suite === undefined ? null : DEBIAN_SUITE.exec(suite)
    if (uri === undefined || match === null || component !== 'main') continue
    found[match[2] === undefined ? 'main' : 'security'] ??= uri.replace(/\/+$/, '')
  }
  return found.main === undefined ? undefined : { main: found.main, security: found.security }
}

/** This machine's own Debian mirror. Throws a sentence for the user when its apt sources name none. */
export async function machineMirror(): Promise<DebianMirror> {
  const format = '$(REPO_URI) $(RELEASE) $(COMPONENT)'
  const mirror = chooseMirror(await run('apt-get', ['indextargets', '--format', format, 'Created-By: Packages']))
  if (mirror === undefined) {
    throw new Error('the apt sources of this machine name no Debian archive: give one with --mirror URL [--security-mirror URL]')
  }
  return mirror
}

/** Proxy and certificate settings of this machine, which the downloads need. */
export function downloadEnvironment(): Record<string, string> {
  const wanted = /^(https?_proxy|no_proxy|ssl_cert_file)$/i
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) => (wanted.test(name) && value ? [[name, value]] : [])),
  )
}
