#!/usr/bin/env node
/**
 * `clonaula` from a terminal. Runs on whatever Node starts it (20 or later), and starts the console's code
 * on the Node of the project: its sources in a checkout, the built program in a package. Plain JavaScript
 * without imports of ours, so that it can say what is missing when nothing is installed.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The sources run as they are from this version on (type stripping), and better-sqlite3 needs it. */
const NEEDED_NODE = 24

/** V8 gives short-lived objects 16 MiB three times over; with 4 a capture is as fast and takes 50 to 100 MB less (measured). */
const NODE_OPTIONS = ['--max-semi-space-size=4']

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const source = join(root, 'src', 'main', 'cli', 'entry.ts')
const built = join(root, 'out', 'main', 'cli.js')
const ownNode = join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')

function fail(text) {
  console.error(`clonaula: ${text}`)
  process.exit(40)
}

const entry = [source, built].find((file) => existsSync(file))
if (!entry) fail(`neither ${source} nor ${built} is there`)
if (!existsSync(join(root, 'node_modules', 'better-sqlite3'))) {
  fail(`the packages are not installed; run: npm ci --prefix ${root} --ignore-scripts`)
}
const node = existsSync(ownNode) ? ownNode : process.execPath
if (node === process.execPath && Number(process.versions.node.split('.')[0]) < NEEDED_NODE) {
  fail(`Node ${NEEDED_NODE} is needed; this one is ${process.versions.node}`)
}

const child = spawn(node, [...NODE_OPTIONS, entry, ...process.argv.slice(2)], { stdio: 'inherit', shell: node.endsWith('.cmd') })
// The terminal sends Ctrl-C to both: the console ends by itself, and this waits for it.
process.on('SIGINT', () => {})
process.on('SIGTERM', () => child.kill('SIGTERM'))
child.on('error', (error) => fail(error.message))
child.on('exit', (code, signal) => process.exit(signal ? 40 : (code ?? 40)))
