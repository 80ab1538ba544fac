/** Makes what a lab needs and is not there yet: golden disk, live system, boot loaders, screens. */
import { spawn } from 'node:child_process'
import { access, mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { goldenPath } from '../golden/build.ts'
import type { GoldenVariant } from '../golden/recipe.ts'

const project = resolve(import.meta.dirname, '../../..')
const bin = join(project, 'node_modules/.bin')

export interface Supplies {
  golden: string
  live: string
  boot: string
}

export interface PrepareOptions {
  variant: GoldenVariant
  /** An image of the user's own in place of the golden disk. */
  golden?: string | undefined
  signal: AbortSignal
}

/** What each step has to say goes to the terminal. Two labs that start together take turns. */
export async function prepare({ variant, golden, signal }: PrepareOptions): Promise<Supplies> {
  await mkdir(join(project, '.cache'), { recursive: true })
  if (golden !== undefined) await access(golden)
  else await step(['unshare', '--mount', process.execPath, 'tools/lab/golden/build.ts', variant], signal)
  await step([join(bin, 'vite'), 'build', '--config', 'vite.agent.config.ts', '--logLevel', 'warn'], signal)
  await step([process.execPath, 'tools/live/build.ts'], signal)
  await step([process.execPath, 'tools/live/boot-files.ts'], signal)
  const screens = await access(join(project, 'out/renderer/index.html')).then(() => true, () => false)
  if (!screens) await step([join(bin, 'electron-vite'), 'build', '--logLevel', 'warn'], signal)
  return {
    golden: golden === undefined ? await goldenPath(variant) : resolve(golden),
    live: join(project, '.cache/live'),
    boot: join(project, '.cache/boot'),
  }
}

function step(argv: readonly string[], signal: AbortSignal): Promise<void> {
  const { promise, resolve: done, reject } = Promise.withResolvers<void>()
  const child = spawn('flock', ['.cache/lab.lock', ...argv], {
    cwd: project, stdio: ['ignore', 'inherit', 'inherit'], detached: true,
  })
  const stop = (): void => void (child.pid !== undefined && process.kill(-child.pid, 'SIGTERM'))
  signal.addEventListener('abort', stop)
  child.on('error', reject)
  child.on('close', (code, how) => {
    signal.removeEventListener('abort', stop)
    if (signal.aborted) reject(signal.reason)
    else if (code === 0) done()
    else reject(new Error(`${argv.join(' ')}: ${how ?? `exit code ${code}`}`))
  })
  return promise
}
