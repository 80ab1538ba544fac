import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { Argv } from '#image/run/run.ts'

export interface Measured {
  seconds: number
  /** Highest resident memory of the process itself, in bytes (VmHWM of proc(5)); not that of its children. */
  memory: number
  stdout: string
}

/** Milliseconds between looks at the process's memory. The kernel keeps the peak, so that only the last moments can be missed. */
const LOOK_EVERY = 50

/** Runs a command to its end and measures it. @throws Error with the end of what it said when it fails */
export function measure(argv: Argv, signal: AbortSignal): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const [command, ...args] = argv
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], signal })
    let stdout = ''
    let stderr = ''
    let memory = 0
    const look = setInterval(() => { memory = Math.max(memory, peakOf(child.pid)) }, LOOK_EVERY)
    child.stdout.setEncoding('utf8').on('data', (text: string) => { stdout += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { stderr = (stderr + text).slice(-2000) })
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(look)
      if (code === 0) resolve({ seconds: (performance.now() - started) / 1000, memory, stdout })
      else reject(new Error(`${argv.join(' ')} ended with ${code}: ${stderr}`))
    })
  })
}

function peakOf(pid: number | undefined): number {
  try {
    const line = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1] ?? 0) * 1024
  } catch {
    return 0 // it has just ended
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
