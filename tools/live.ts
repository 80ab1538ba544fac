/**
 * `npm run live`: everything that clients boot, made or brought up to date: the agent's bundle, the live
 * system (.cache/live) and the signed loaders (.cache/boot). Arguments go to both builders (`--update-pins`, `--strict`).
 */
import { spawn } from 'node:child_process'
import { join, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '..')
const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
const args = process.argv.slice(2)

const STEPS: readonly [command: string, args: string[]][] = [
  [bin('vite'), ['build', '-c', 'vite.agent.config.ts', '--logLevel', 'warn']],
  [process.execPath, ['tools/live/build.ts', ...args]],
  [process.execPath, ['tools/live/boot-files.ts', ...args]],
]

for (const [command, commandArgs] of STEPS) {
  const code = await new Promise<number>((done) => {
    const child = spawn(command, commandArgs, { cwd: root, stdio: 'inherit' })
    child.on('error', () => done(1))
    child.on('exit', (exit) => done(exit ?? 1))
  })
  if (code !== 0) process.exit(code)
}
