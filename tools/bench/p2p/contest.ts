import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { BenchImage } from './image.ts'
import { Lan } from './lan.ts'

/** Ours, as sources. */
export const PROGRAMS = { console: join(import.meta.dirname, 'console-process.ts'), client: join(import.meta.dirname, 'client-process.ts') }

export interface Contest {
  clients: number
  /** Mbit/s of each computer's line. */
  rate: number
  image: BenchImage
  /** Ours: one file of JavaScript each. */
  programs: Record<keyof typeof PROGRAMS, string>
  /** A folder for what the clients fetch; emptied by each lap. */
  work: string
  signal: AbortSignal
}

/** Seconds from the start of all clients until each had all, checked and (ours) flushed. */
export type Lap = readonly number[]

/** Ours (console and clients), and aria2 alone with our tracker. */
export const SIDES = ['clonaula', 'aria2'] as const
export type Side = (typeof SIDES)[number]

/** Of the time that one line needs, and seconds besides, after which a lap counts as stuck. */
const PATIENCE = { times: 20, more: 120 }
/** Only the tracker says where others are; otherwise as it comes. */
const ARIA2 = [
  'aria2c', '--no-conf', '--enable-dht=false', '--enable-dht6=false', '--bt-enable-lpd=false', '--enable-peer-exchange=false',
  '--disable-ipv6=true', '--quiet=true', '--file-allocation=none', '--allow-overwrite=true', '--seed-ratio=0.0',
] as const

/**
 * One lap of one side, in a network of its own.
 * @throws Error when it gets stuck, fails, or a byte is wrong · AbortError
 */
export async function runLap(side: Side, contest: Contest, bytes: number): Promise<Lap> {
  contest.signal.throwIfAborted()
  const lan = await Lan.create(contest.clients + 1, contest.rate)
  const late = AbortSignal.timeout(((bytes / (contest.rate * 125_000)) * PATIENCE.times + PATIENCE.more) * 1000)
  const stopped = once(AbortSignal.any([contest.signal, late]), 'abort').then(() => {
    contest.signal.throwIfAborted()
    throw new Error(`${side} got stuck`)
  })
  stopped.catch(() => undefined)
  try {
    await rm(contest.work, { recursive: true, force: true })
    const lap = await Promise.race([side === 'clonaula' ? ourLap(lan, contest) : aria2Lap(lan, contest), stopped])
    await Promise.race([Promise.all(folders(contest).map((folder) => compare(contest.image, folder))), stopped])
    return lap
  } finally {
    await lan.remove()
    await rm(contest.work, { recursive: true, force: true })
  }
}

async function ourLap(lan: Lan, contest: Contest): Promise<Lap> {
  const { programs, image: { file, folder } } = contest
  await said(lan.spawn(0, [process.execPath, programs.console, file, folder]), /^listening$/)
  const started = Date.now()
  return Promise.all(folders(contest).map(async (own, index) => {
    const [, at] = await said(lan.spawn(index + 1, [process.execPath, programs.client, file, own]), /^complete (\d+)$/)
    return (Number(at) - started) / 1000
  }))
}

async function aria2Lap(lan: Lan, contest: Contest): Promise<Lap> {
  const { programs, image: { file, folder } } = contest
  await said(lan.spawn(0, [process.execPath, programs.console, file]), /^listening$/)
  // It seeds when it has read and hashed all, and says so by its hook as clients do.
  await aria2(lan, 0, contest, folder, '--check-integrity=true')
  const started = Date.now()
  return Promise.all(folders(contest).map(async (own, index) => (await aria2(lan, index + 1, contest, own) - started) / 1000))
}

/** @returns when it had all, in milliseconds; it goes on seeding */
async function aria2(lan: Lan, computer: number, { image, work }: Contest, folder: string, ...more: string[]): Promise<number> {
  await mkdir(work, { recursive: true })
  const [hook, done] = [join(work, `hook-${computer}.sh`), join(work, `done-${computer}`)]
  await writeFile(hook, `#!/bin/sh\ndate +%s%3N > ${done}.new && mv ${done}.new ${done}\n`, { mode: 0o755 })
  const child = lan.spawn(computer, [...ARIA2, ...more, `--dir=${folder}`, `--on-bt-download-complete=${hook}`, image.file])
  let ended = false
  child.once('exit', () => { ended = true })
  for (;;) {
    const text = await readFile(done, 'utf8').catch(() => undefined)
    if (text !== undefined) return Number(text)
    if (ended) throw new Error(`aria2c ended with ${child.exitCode ?? child.signalCode}`)
    await new Promise((resolve) => { setTimeout(resolve, 50) })
  }
}

function folders({ clients, work }: Contest): string[] {
  return Array.from({ length: clients }, (_, index) => join(work, `client-${index + 1}`))
}

/** A line that a process says. @throws Error with its errors when it ends without */
async function said(child: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  const { stdout, stderr } = child
  if (!stdout || !stderr) throw new TypeError('a process without pipes')
  let errors = ''
  stderr.setEncoding('utf8').on('data', (text: string) => { errors = (errors + text).slice(-4000) })
  for await (const line of createInterface({ input: stdout })) {
    const match = wanted.exec(line)
    if (match) return match
  }
  throw new Error(`a process ended too early: ${errors}`)
}

/** Packs are named by their hashes. */
async function compare({ torrent: { metainfo } }: BenchImage, folder: string): Promise<void> {
  for (const { path } of metainfo.files) {
    const name = basename(path.at(-1) ?? '').split('.')[0]
    const digest = createHash('sha256').update(await readFile(join(folder, metainfo.name, ...path))).digest('hex')
    if (digest !== name) throw new Error(`${path.join('/')} in ${folder} is not what it should be`)
  }
}
