/** Starts a program as the Electron executable does: switches, `-r` modules, its main file, `ready`. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { app } from './app.ts'
import { launchChromium } from './chromium.ts'

/** Switches that are not Chromium's. */
const OWN_SWITCHES = new Set(['inspect', 'remote-debugging-port', 'user-data-dir', 'no-sandbox'])
const require = createRequire(import.meta.url)

interface Package {
  name: string
  productName?: string
  version: string
  main: string
}

/** What is required before, and the folder of the program. */
function readArguments(given: readonly string[]): { requires: string[]; folder: string } {
  const requires: string[] = []
  const rest = [...given]
  for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
    if (argument === '-r') requires.push(resolve(rest.shift() ?? ''))
    else if (!argument.startsWith('--')) return { requires, folder: resolve(argument) }
    else {
      const [name = '', ...value] = argument.slice(2).split('=')
      app.switches.set(name, value.join('='))
    }
  }
  throw new Error('electron-double: which program?')
}

function readPackage(folder: string): Package {
  const file = join(folder, 'package.json')
  if (!existsSync(file)) throw new Error(`electron-double: no program in ${folder}`)
  return JSON.parse(readFileSync(file, 'utf8')) as Package
}

async function start(): Promise<void> {
  const given = process.argv.slice(2)
  const { requires, folder } = readArguments(given)
  process.argv = [process.execPath, ...given]
  const { version: electron } = readPackage(join(import.meta.dirname, '../../node_modules/electron'))
  Object.assign(process, { type: 'browser', defaultApp: true, resourcesPath: join(import.meta.dirname, 'resources') })
  Object.defineProperty(process.versions, 'electron', { value: electron, enumerable: true })

  const double = pathToFileURL(join(import.meta.dirname, 'electron.ts')).href
  registerHooks({
    resolve: (specifier, context, next) => (specifier === 'electron' ? { url: double, format: 'module-typescript', shortCircuit: true } : next(specifier, context)),
  })
  for (const file of requires) require(file)

  const { name, productName = name, version, main } = readPackage(folder)
  Object.assign(app, { folder, name: productName, version })
  await import(pathToFileURL(join(folder, main)).href)
  const switches = [...app.switches].filter(([key]) => !OWN_SWITCHES.has(key)).map(([key, value]) => (value ? `--${key}=${value}` : `--${key}`))
  app.chromium = await launchChromium(switches)
  if (app.switches.has('remote-debugging-port')) process.stderr.write(`\nDevTools listening on ${app.chromium.url}\n`)
  app.becomeReady()
}

process.on('SIGTERM', () => app.quit())
process.on('SIGINT', () => app.quit())
start().catch((error: unknown) => {
  console.error('The program threw an error during its start\n', error)
  process.exit(1)
})
