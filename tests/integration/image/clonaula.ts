/** `clonaula image …` as a process of its own, the way people and scripts run it; in English unless a test says `--lang`. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { expect } from 'vitest'

const CLI = join(import.meta.dirname, '../../../tools/clonaula.mjs')

export interface Ran {
  code: number
  out: string
  err: string
}

export interface Running {
  /** What it has printed so far. */
  said: () => string
  /** As a terminal does: to everything that was started there. */
  signal: (signal: NodeJS.Signals) => void
  ended: Promise<Ran>
}

export function start(...args: string[]): Running {
  const { child, ended } = run(args)
  const out = text(child.stdout)
  return {
    said: () => out.text,
    signal: (signal) => void process.kill(-(child.pid ?? 0), signal),
    ended: ended.then((end) => ({ ...end, out: out.text })),
  }
}

export const clonaula = (...args: string[]): Promise<Ran> => start(...args).ended

/** Runs what has to succeed. @returns its JSON */
export async function done<T = Record<string, unknown>>(...args: string[]): Promise<T> {
  const { code, out, err } = await clonaula(...args, '--json')
  expect(err).toBe('')
  expect(code).toBe(0)
  return JSON.parse(out) as T
}

/** Has its standard output go into a file, as `>` does. */
export async function intoFile(path: string, ...args: string[]): Promise<Omit<Ran, 'out'>> {
  const { child, ended } = run(args)
  await finished(child.stdout.pipe(createWriteStream(path)))
  return ended
}

function run(args: readonly string[]) {
  const child = spawn(process.execPath, [CLI, '--lang', 'en', 'image', ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
  const err = text(child.stderr)
  const ended = once(child, 'close').then(([code]) => ({ code: typeof code === 'number' ? code : -1, err: err.text }))
  return { child, ended }
}

function text(stream: Readable): { text: string } {
  const all = { text: '' }
  stream.setEncoding('utf8').on('data', (piece: string) => { all.text += piece })
  return all
}
