import { describe, expect, test } from 'vitest'
import { summarizePlaywright, summarizeVitest } from './test-reports.ts'

const file = (name: string, status: string, tests: { fullName: string; status: string; failureMessages?: string[] }[], message = '') =>
  ({ name: `/root/${name}`, status, message, assertionResults: tests })

describe('summarizeVitest', () => {
  test('names each failure with its reason', () => {
    const report = {
      numPassedTests: 1, numFailedTests: 1, numPendingTests: 0,
      testResults: [file('a.test.ts', 'failed', [
        { fullName: 'one', status: 'passed' }, { fullName: 'two', status: 'failed', failureMessages: ['\u001B[31mexpected 1\u001B[39m'] },
      ])],
    }
    expect(summarizeVitest(report, '/root')).toEqual({ passed: 1, failed: 1, skipped: 0, failures: ['✗ a.test.ts: two\n    expected 1'] })
  })

  test('names what passed only when repeated', () => {
    const report = {
      numPassedTests: 1, numFailedTests: 0, numPendingTests: 0,
      testResults: [file('a.test.ts', 'passed', [{ fullName: 'shaky', status: 'passed', failureMessages: ['took too long'] }])],
    }
    expect(summarizeVitest(report, '/root')).toEqual({
      passed: 1, failed: 0, skipped: 0, failures: ['✗ a.test.ts: shaky (passed when repeated)\n    took too long'],
    })
  })

  test('counts a file that could not begin', () => {
    const report = {
      numPassedTests: 0, numFailedTests: 0, numPendingTests: 2,
      testResults: [file('a.test.ts', 'failed', [{ fullName: 'one', status: 'skipped' }, { fullName: 'two', status: 'skipped' }], 'losetup failed')],
    }
    expect(summarizeVitest(report, '/root')).toEqual({ passed: 0, failed: 1, skipped: 2, failures: ['✗ a.test.ts\n    losetup failed'] })
  })

  test('keeps long reasons short', () => {
    const report = {
      numPassedTests: 0, numFailedTests: 0, numPendingTests: 0,
      testResults: [file('a.test.ts', 'failed', [], Array.from({ length: 99 }, (_, line) => `line ${line}`).join('\n'))],
    }
    expect(summarizeVitest(report, '/root').failures[0]?.split('\n')).toHaveLength(6)
  })
})

test('summarizePlaywright finds failures in nested suites, and names what passed only when repeated', () => {
  const spec = (title: string, status: string) => ({
    title, file: 'a.spec.ts', tests: [{ status, results: [{ errors: status === 'expected' ? [] : [{ message: 'no button' }] }] }],
  })
  const report = {
    stats: { expected: 1, unexpected: 1, flaky: 1, skipped: 0 },
    suites: [{ specs: [spec('fine', 'expected')], suites: [{ specs: [spec('bad', 'unexpected'), spec('shaky', 'flaky')] }] }],
  }
  expect(summarizePlaywright(report)).toEqual({
    passed: 2, failed: 1, skipped: 0,
    failures: ['✗ a.spec.ts: bad\n    no button', '✗ a.spec.ts: shaky (passed when repeated)\n    no button'],
  })
})
