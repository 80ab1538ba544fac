/** What the benchmarks of transfers have in common: rounds in namespaces, one after the other, a report and a table. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { describeMachine, replaceSection } from './report.ts'

const ROOT = resolve(import.meta.dirname, '../..')

export interface NetworkBench<Setting, Round> {
  /** Of the command (`bench:…`), of its JSON file, and of its section in docs/benchmarks.md. */
  name: 'multicast' | 'p2p'
  settings: readonly Setting[]
  runs: number
  /** @param data a folder that is removed at the end */
  runRound: (setting: Setting, data: string, signal: AbortSignal) => Promise<Round>
  /** A round, for a terminal. */
  lines: (round: Round) => readonly string[]
  /** A round, for the JSON report. */
  summary: (round: Round) => object
  /** All rounds, in Markdown. */
  table: (rounds: readonly Round[]) => string
}

/** Ends the program when namespaces cannot be made. */
export function needRoot(name: string): void {
  if (process.getuid?.() === 0) return
  console.error(`bench:${name} needs root: network namespaces`)
  process.exit(2)
}

/**
 * Runs every setting; Ctrl-C ends it after cleaning up, with what there is so far in the report.
 * @param options.json where the report goes, unless said `.cache/bench/NAME.json`
 * @param options.table whether the section of docs/benchmarks.md is written; only when nothing was cut short
 */
export async function runNetworkBench<Setting, Round>(
  bench: NetworkBench<Setting, Round>, { json, table }: { json?: string | undefined; table: boolean },
): Promise<void> {
  const { name, settings, runs } = bench
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  const rounds: Round[] = []
  const data = await mkdtemp(join(tmpdir(), `clonaula-bench-${name}-`))
  try {
    for (const setting of settings) {
      const round = await bench.runRound(setting, data, stop.signal)
      rounds.push(round)
      console.log(bench.lines(round).join('\n'))
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
    console.error('bench: stopped')
    process.exitCode = 1
  } finally {
    await rm(data, { recursive: true, force: true })
  }

  const file = json ?? join(ROOT, `.cache/bench/${name}.json`)
  const report = { date: new Date().toISOString().slice(0, 10), machine: describeMachine(), runs, rounds: rounds.map(bench.summary) }
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `${JSON.stringify(report, null, 2)}\n`)
  if (!table || rounds.length < settings.length) return
  const text = `Measured on ${report.date}: ${report.machine}; medians of ${runs} runs, the sides in turns.\n\n${bench.table(rounds)}`
  await replaceSection(join(ROOT, 'docs/benchmarks.md'), name, text)
}
