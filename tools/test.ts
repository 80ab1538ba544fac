/**
 * `npm test [PART…]`: every part in turn, or the named ones. A part that fails does not stop the others;
 * the last lines say what failed and why, what each part did and how long it took.
 */
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { summarizePlaywright, summarizeVitest, type Summary } from './test-reports.ts'

const root = resolve(import.meta.dirname, '..')
const results = join(root, '.cache', 'test')
const LAYERS = ['src/shared', 'src/image', 'src/transfer', 'src/main', 'src/agent', 'src/preload', 'src/renderer', 'tests']

interface Part { name: string; commands: string[][]; summary?: () => Summary }

const report = (name: string): string => join(results, `${name}.json`)
const readReport = (name: string): unknown => JSON.parse(readFileSync(report(name), 'utf8'))

/** @param only files whose path begins with one of these; all of the project unless said */
function vitest(name: string, project = name, only: readonly string[] = []): Part {
  return {
    name,
    commands: [['vitest', 'run', '--project', project, '--reporter=default', '--reporter=json', `--outputFile.json=${report(name)}`, ...only]],
    summary: () => summarizeVitest(readReport(name), root),
  }
}

const build: string[][] = [['electron-vite', 'build', '--logLevel', 'warn'], ['vite', 'build', '-c', 'vite.agent.config.ts', '--logLevel', 'warn']]

const PARTS: Part[] = [
  { name: 'lint', commands: [['oxlint']] },
  { name: 'types', commands: LAYERS.map((layer) => ['tsc', '-p', layer]) },
  vitest('unit'),
  { name: 'build', commands: build },
  vitest('integration'),
  vitest('image'),
  vitest('transfer'),
  {
    name: 'screens',
    commands: [['playwright', 'test', '--reporter=list,json']],
    summary: () => summarizePlaywright(readReport('screens')),
  },
  vitest('lab'),
]

/** What of `unit` belongs to `image` and to `transfer`, for those who run these alone. */
const SELECTIONS: Part[] = [
  vitest('image-rules', 'unit', ['src/image/', 'src/shared/formats/']),
  vitest('transfer-rules', 'unit', ['src/transfer/', 'src/shared/transfer/', 'src/shared/wire/', 'src/main/transfer/', 'src/agent/cache/']),
]

/** Runs one command of node_modules; its exit code, 1 when a signal ended it. */
function run([command = '', ...args]: string[], part: string): Promise<number> {
  return new Promise((done) => {
    const child = spawn(join(root, 'node_modules', '.bin', command), args, {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report(part) },
    })
    child.on('error', () => done(1))
    child.on('exit', (code) => done(code ?? 1))
  })
}

/** A part that failed before its report was written, or outside of its tests, counts as one failure. */
function summaryOf(part: Part, ok: boolean): Summary {
  const failure = `✗ ${part.name}: see its own lines above`
  try {
    const summary = part.summary?.()
    if (summary) return ok || summary.failed > 0 ? summary : { ...summary, failed: 1, failures: [...summary.failures, failure] }
  } catch {
    // No report: the runner itself failed.
  }
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0, failures: ok ? [] : [failure] }
}

const chosen = process.argv.slice(2)
const all = [...SELECTIONS, ...PARTS]
const unknown = chosen.filter((name) => !all.some((part) => part.name === name))
if (unknown.length > 0) {
  console.error(`no such part: ${unknown.join(', ')}; there are ${all.map((part) => part.name).join(', ')}`)
  process.exit(2)
}

rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const total: Summary = { passed: 0, failed: 0, skipped: 0, failures: [] }
const lines: string[] = []
let failed = false
for (const part of chosen.length === 0 ? PARTS : all.filter(({ name }) => chosen.includes(name))) {
  console.log(`\n── ${part.name} ${'─'.repeat(60 - part.name.length)}`)
  const start = performance.now()
  let ok = true
  for (const command of part.commands) {
    if ((await run(command, part.name)) !== 0) ok = false
  }
  const summary = summaryOf(part, ok)
  for (const key of ['passed', 'failed', 'skipped'] as const) total[key] += summary[key]
  total.failures.push(...summary.failures)
  failed ||= !ok
  const seconds = ((performance.now() - start) / 1000).toFixed(0)
  lines.push(`${ok ? 'ok    ' : 'FAILED'} ${part.name.padEnd(12)} ${seconds.padStart(5)} s  ${summary.passed} passed, ${summary.failed} failed, ${summary.skipped} skipped`)
}
if (total.failures.length > 0) console.log(`\n${total.failures.join('\n')}`)
console.log(`\n${lines.join('\n')}\n\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`)
process.exit(failed ? 1 : 0)
