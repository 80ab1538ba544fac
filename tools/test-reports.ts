/** What the test runners' JSON reports say: counts, and the failures in few lines for the end of a long log. */
import { relative } from 'node:path'
import { z } from 'zod'

export interface Summary {
  passed: number
  failed: number
  skipped: number
  /** A title and the first lines of its reason, for each failure; also of what passed when it was repeated, which it says. */
  failures: string[]
}

const AGAIN = ' (passed when repeated)'

/** Of a failure's reason; the whole is further up in the log. */
const REASON_LINES = 5

const VitestReport = z.object({
  numPassedTests: z.number(),
  numFailedTests: z.number(),
  numPendingTests: z.number(),
  testResults: z.array(z.object({
    name: z.string(),
    status: z.string(),
    message: z.string().default(''),
    assertionResults: z.array(z.object({ fullName: z.string(), status: z.string(), failureMessages: z.array(z.string()).nullish() })),
  })),
})

/**
 * A test that passed at its second try counts as passed, and is named.
 * A file whose `beforeAll` failed counts its tests as skipped, and one that could not be loaded has none: each counts as a failure.
 * @param root paths are shown relative to it
 */
export function summarizeVitest(report: unknown, root: string): Summary {
  const { numPassedTests, numFailedTests, numPendingTests, testResults } = VitestReport.parse(report)
  const failures: string[] = []
  let failedFiles = 0
  for (const { name, status, message, assertionResults } of testResults) {
    const file = relative(root, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    for (const { fullName, status: end, failureMessages } of assertionResults) {
      const reason = (failureMessages ?? []).join('\n')
      if (end === 'failed') failures.push(describeFailure(`${file}: ${fullName}`, reason))
      else if (end === 'passed' && reason !== '') failures.push(describeFailure(`${file}: ${fullName}${AGAIN}`, reason))
    }
    if (status !== 'failed' || failed.length > 0) continue
    failedFiles += 1
    failures.push(describeFailure(file, message))
  }
  return { passed: numPassedTests, failed: numFailedTests + failedFiles, skipped: numPendingTests, failures }
}

const PlaywrightSpec = z.object({
  title: z.string(),
  file: z.string(),
  tests: z.array(z.object({
    status: z.string(),
    results: z.array(z.object({ errors: z.array(z.object({ message: z.string().default('') })).default([]) })),
  })),
})
interface PlaywrightSuite { specs: z.infer<typeof PlaywrightSpec>[]; suites?: PlaywrightSuite[] | undefined }
const PlaywrightSuite: z.ZodType<PlaywrightSuite> = z.object({
  specs: z.array(PlaywrightSpec),
  get suites() {
    return z.array(PlaywrightSuite).optional()
  },
})
const PlaywrightReport = z.object({
  stats: z.object({ expected: z.number(), unexpected: z.number(), flaky: z.number(), skipped: z.number() }),
  suites: z.array(PlaywrightSuite),
  errors: z.array(z.object({ message: z.string().default('') })).default([]),
})

/** As above. */
export function summarizePlaywright(report: unknown): Summary {
  const { stats, suites, errors } = PlaywrightReport.parse(report)
  const failures = errors.map(({ message }) => describeFailure('playwright', message))
  const visit = (suite: PlaywrightSuite): void => {
    for (const { title, file, tests } of suite.specs) {
      for (const { status, results } of tests.filter((test) => test.status === 'unexpected' || test.status === 'flaky')) {
        const again = status === 'flaky' ? AGAIN : ''
        failures.push(describeFailure(`${file}: ${title}${again}`, results.flatMap((result) => result.errors)[0]?.message ?? ''))
      }
    }
    suite.suites?.forEach(visit)
  }
  suites.forEach(visit)
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected + errors.length, skipped: stats.skipped, failures }
}

// Colours make the log of a terminal readable, and a report not.
// oxlint-disable-next-line no-control-regex
const COLOURS = /\u001B\[[0-9;]*m/g

function describeFailure(title: string, reason: string): string {
  const lines = reason.replace(COLOURS, '').trim().split('\n').slice(0, REASON_LINES)
  return [`✗ ${title}`, ...lines.map((line) => `    ${line}`)].join('\n')
}
