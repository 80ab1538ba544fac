import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'vitest'

const CLI = join(import.meta.dirname, '../../../../tools/clonaula.mjs')

export interface Ran {
  code: number
  out: string
  err: string
}

export interface Running {
  /** What it has printed so far. */
  said: () => string
  /** To the process alone: a shell's job control would send Ctrl-C to all that was started there. */
  signal: (signal: NodeJS.Signals) => void
  ended: Promise<Ran>
}

/** Starts `clonaula image …`, in English. */
export function start(...args: string[]): Running {
  const child = spawn(process.execPath, [CLI, 'image', ...args, '--lang', 'en'], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const ran: Ran = { code: -1, out: '', err: '' }
  child.stdout.on('data', (data: Buffer) => { ran.out += data.toString() })
  child.stderr.on('data', (data: Buffer) => { ran.err += data.toString() })
  const { promise, resolve } = Promise.withResolvers<Ran>()
  child.on('close', (code) => resolve({ ...ran, code: code ?? -1 }))
  return { said: () => ran.out, signal: (signal) => process.kill(-(child.pid ?? 0), signal), ended: promise }
}

export const image = (...args: string[]): Promise<Ran> => start(...args).ended

/** Runs what has to succeed. @returns its JSON */
export async function done<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, out, err } = await image(...args, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as T
}
