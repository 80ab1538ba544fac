import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Argv } from '#image/run/run.ts'

export interface Measured {
  seconds: number
  /** Seconds of processor time, user and system, of all its processes. */
  cpu: number
  /** Highest resident memory of the process itself, in bytes (VmHWM of proc(5)); not that of its children. */
  memory: number
  stdout: string
}

/** Milliseconds between looks at the process's memory. The kernel keeps the peak, so that only the last moments can be missed. */
const LOOK_EVERY = 50

/** bash times its child with all that this one waited for; the line comes last on standard error. */
const TIMED = ['bash', '-c', 'TIMEFORMAT="%U %S"; time "$@"', 'bench'] as const

/** Runs a command to its end and measures it. @throws Error with the end of what it said when it fails */
export function measure(argv: Argv, signal: AbortSignal): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const [command, ...args] = [...TIMED, ...argv]
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    const stop = (): void => { if (child.pid !== undefined) process.kill(-child.pid) } // bash and all that it runs
    signal.addEventListener('abort', stop)
    let stdout = ''
    let stderr = ''
    let memory = 0
    const look = setInterval(() => { memory = Math.max(memory, peakOf(childOf(child.pid))) }, LOOK_EVERY)
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-2000) })
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(look)
      signal.removeEventListener('abort', stop)
      const seconds = (performance.now() - started) / 1000
      if (code === 0) resolve({ seconds, cpu: processorTime(stderr), memory, stdout })
      else reject(new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`))
    })
  })
}

function processorTime(stderr: string): number {
  const [, user, system] = /([\d.]+) ([\d.]+)\n$/.exec(stderr) ?? []
  return Number(user) + Number(system)
}

/** What bash runs. */
function childOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  } catch {
    return '' // it has just ended
  }
}

function peakOf(pid: string): number {
  try {
    const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1] ?? 0) * 1024
  } catch {
    return 0 // it has just ended, or not begun
  }
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle]
  if (upper === undefined) throw new Error('the median of nothing')
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
