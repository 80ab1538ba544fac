/**
 * `npm run lab`: a virtual classroom on one machine. QEMU computers start from the network by the real console,
 * one is captured, the others get its image and start from their own disks. docs/lab.md explains it.
 */
import { writeFile } from 'node:fs/promises'
import type { CleanupStack } from './host/cleanup.ts'
import { hostFacts } from './host/host-facts.ts'
import { Interrupted, supervise } from './host/supervise.ts'
import { parseOptions, USAGE, UsageError, type LabOptions } from './options.ts'
import { play } from './play.ts'
import { ownDiskProblem } from './room/own-disk.ts'
import { prepare } from './room/prepare.ts'
import { openRoom, type Room } from './room/room.ts'
import { Board } from './story/board.ts'
import type { LabReport } from './story/report.ts'
import { Stage } from './story/stage.ts'
import { tellStory } from './story/story.ts'
import { table } from './story/table.ts'

async function lab(options: LabOptions, cleanup: CleanupStack, signal: AbortSignal): Promise<number> {
  const board = new Board(process.stdout)
  board.phase('What is needed')
  const variant = options.ntfs ? 'ntfs' : 'plain'
  const supplies = await prepare({ variant, golden: options.golden, signal })
  const startedAt = new Date().toISOString()
  const report: LabReport = { ok: false, startedAt, seconds: 0, host: hostFacts(), options, computers: [] }
  // Already here, so that a file that cannot be written is known before anything starts.
  await save(report)
  const start = performance.now()
  let room: Room
  try {
    board.phase('The classroom')
    room = await openRoom(options, supplies, cleanup, signal)
    board.say(`web console   ${room.console.webAddress}\nlogs          ${room.folder}`)
    await runStory(room, options, report, board, signal)
    report.seconds = (performance.now() - start) / 1000
    board.end()
    console.log(`\n${table(report)}\n\n${report.ok ? 'all well' : 'FAILED'} in ${report.seconds.toFixed(0)} s`)
  } finally {
    await save(report)
  }
  if (!options.once && !signal.aborted) await play(room, signal)
  if (!report.ok) signal.throwIfAborted()
  return report.ok ? 0 : 1
}

async function save(report: LabReport): Promise<void> {
  const { report: path } = report.options
  if (path !== undefined) await writeFile(path, `${JSON.stringify(report, null, 2)}\n`)
}

/** Fills the report; a failure ends up in it and is not thrown. */
async function runStory(
  room: Room, options: LabOptions, report: LabReport, board: Board, signal: AbortSignal,
): Promise<void> {
  const crash = new AbortController()
  void room.console.ended.then((how) => crash.abort(new Error(`the console ended: ${how}`)))
  const stage = new Stage(room, options, report, board, AbortSignal.any([signal, crash.signal]))
  try {
    await tellStory(stage)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const lines = error instanceof Interrupted ? [] : room.console.log.tail(25)
    report.failure = { step: stage.step, message, console: lines }
    board.say(`${stage.step}: ${message}`)
  }
  report.ok = !report.failure && report.computers.every(({ failure }) => !failure)
}

try {
  const options = parseOptions(process.argv.slice(2))
  if (options?.golden !== undefined) {
    const problem = await ownDiskProblem(options.golden, options.firmware)
    if (problem !== undefined) throw new UsageError(`--golden ${options.golden}: ${problem}`)
  }
  if (options) await supervise((cleanup, signal) => lab(options, cleanup, signal))
  console.log(USAGE)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message}\n\n${USAGE}`)
  process.exitCode = 2
}
