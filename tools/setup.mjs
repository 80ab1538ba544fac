#!/usr/bin/env node
/**
 * Makes a fresh checkout ready and runs a tool in it:
 *
 *     node tools/setup.mjs PROFILE -- ENTRY.ts [ARGUMENT…]
 *
 * Installs the npm packages of the lock file and the Debian packages that the profile needs
 * (tools/requirements.json), says what it installs, and is quick when there is nothing to do. Then runs
 * the entry with the Node of node_modules. Plain JavaScript without imports of ours: it runs on the
 * system's Node (20 or later) before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const stamp = join(root, 'node_modules', '.clonaula-lock')

function fail(text) {
  console.error(`setup: ${text}`)
  process.exit(2)
}

function run(command, args, env = {}) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, ...env } })
  if (done.error || done.status !== 0) fail(`${command} ${args.join(' ')} failed${done.error ? `: ${done.error.message}` : ''}`)
}

/** npm's own record of what is installed cannot be compared with the lock file cheaply: a stamp of its hash can. */
function npmPackages() {
  const lock = createHash('sha256').update(readFileSync(join(root, 'package-lock.json'))).digest('hex')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return
  console.log('setup: installing the npm packages of package-lock.json')
  // Install scripts are not needed by any package of ours, and would only try to download things.
  run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  writeFileSync(stamp, lock)
}

/** The packages of a profile, those of the files and profiles that it includes too. */
function packagesOf(requirements, profile, seen = new Set()) {
  if (seen.has(profile)) return []
  seen.add(profile)
  const entry = profile.endsWith('.json') ? JSON.parse(readFileSync(join(root, profile), 'utf8')) : requirements[profile]
  if (!entry) fail(`no such profile: ${profile}`)
  return [...(entry.packages ?? []), ...(entry.include ?? []).flatMap((other) => packagesOf(requirements, other, seen))]
}

function isInstalled(name) {
  const query = spawnSync('dpkg-query', ['-W', '-f', '${db:Status-Status}', name], { encoding: 'utf8' })
  return query.stdout === 'installed'
}

function debianPackages(profile) {
  const requirements = JSON.parse(readFileSync(join(root, 'tools', 'requirements.json'), 'utf8'))
  const wanted = [...new Set(packagesOf(requirements, profile))]
  if (wanted.length === 0) return
  if (process.platform !== 'linux' || !existsSync('/usr/bin/dpkg-query')) {
    return console.log(`setup: not Debian; these tools are needed: ${wanted.join(' ')}`)
  }
  const missing = wanted.filter((name) => !isInstalled(name))
  if (missing.length === 0) return
  if (process.getuid?.() !== 0) fail(`please run: sudo apt-get install -y --no-install-recommends ${missing.join(' ')}`)
  console.log(`setup: installing Debian packages: ${missing.join(' ')}`)
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  run('apt-get', ['-qq', 'update'], env)
  run('apt-get', ['-qq', '-y', '-o', 'Dpkg::Use-Pty=0', 'install', '--no-install-recommends', ...missing], env)
}

/**
 * Tests and lab make mount and network namespaces, and the tools for that (unshare, ip netns, mmdebstrap) refuse where
 * `/` is no mount point, as in a chroot. There, the command gets a mount namespace in which it is one.
 */
function withMountedRoot(command) {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return command
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').trim().split('\n')
  if (mounts.some((line) => line.split(' ')[4] === '/')) return command
  const script = 'mkdir -p "$1" && mount --rbind / "$1" && shift && exec chroot "$0" env -C "$@"'
  const place = join(root, '.cache', 'root')
  return ['unshare', '--mount', '--propagation', 'unchanged', 'sh', '-c', script, place, place, root, ...command]
}

const [profile, separator, entry, ...args] = process.argv.slice(2)
if (!profile || (separator !== undefined && separator !== '--')) fail('usage: setup.mjs PROFILE [-- ENTRY [ARGUMENT…]]')
mkdirSync(join(root, '.cache'), { recursive: true })
npmPackages()
debianPackages(profile)

if (entry) {
  const bin = join(root, 'node_modules', '.bin')
  const [command, ...commandArgs] = withMountedRoot([join(bin, 'node'), entry, ...args])
  const child = spawn(command, commandArgs, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
  })
  // The terminal sends Ctrl-C to the whole group: the entry cleans up, and this waits for it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}
