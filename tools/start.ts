/**
 * `npm start`: builds what has changed, and opens the desktop program. Where Electron is not installed, the
 * same console runs without a window, and its address opens it in a browser. Arguments go to the console.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules', '.bin', process.platform === 'win32' ? `${name}.cmd` : name)

/** Electron's executable; undefined while it has not been installed (its package comes without it). */
function electronProgram(): string | undefined {
  const folder = join(root, 'node_modules', 'electron')
  const pathFile = join(folder, 'path.txt')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron'
  const program = join(process.env['ELECTRON_OVERRIDE_DIST_PATH'] ?? join(folder, 'dist'), name)
  return existsSync(program) ? program : undefined
}

function newestChange(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return Math.max(...files.map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs))
}

function buildWhatChanged(): void {
  // The screens are built last.
  const built = statSync(join(root, 'out', 'renderer', 'index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (newestChange(join(root, 'src')) <= built) return
  console.log('Building…')
  const { status } = spawnSync(bin('electron-vite'), ['build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}

function run(command: string, args: string[]): void {
  const child = spawn(command, args, { cwd: root, stdio: 'inherit' })
  // The terminal sends Ctrl-C to both: the console ends by itself, and this waits for it.
  process.on('SIGINT', () => {})
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)))
}

buildWhatChanged()
const electron = electronProgram()
if (electron) {
  run(electron, [root, ...process.argv.slice(2)])
} else {
  console.log('Electron is not installed here (npx install-electron would get it): the console runs without a window; open its address in a browser.')
  run(process.execPath, [join(root, 'src', 'main', 'headless.ts'), '--start-address', ...process.argv.slice(2)])
}
