import { describe, expect, test } from 'vitest'
import { negotiate } from './negotiate.ts'

const ask = (options: Record<string, string>, size = 1000) => {
  const { terms, accepted } = negotiate(new Map(Object.entries(options)), size)
  return { terms, accepted: Object.fromEntries(accepted) }
}

describe('negotiate', () => {
  test('is RFC 1350 when nothing is asked for', () => {
    expect(ask({})).toEqual({ terms: { blockSize: 512, windowSize: 1, timeout: 1000 }, accepted: {} })
  })

  test('takes what EDK2 asks for', () => {
    expect(ask({ tsize: '0', blksize: '1468', windowsize: '4' })).toEqual({
      terms: { blockSize: 1468, windowSize: 4, timeout: 1000 },
      accepted: { tsize: '1000', blksize: '1468', windowsize: '4' },
    })
  })

  test('answers with less where more would not fit', () => {
    expect(ask({ blksize: '65464', windowsize: '65535' }).accepted).toEqual({ blksize: '1468', windowsize: '64' })
    expect(negotiate(new Map([['blksize', '65464']]), 1, { maxBlockSize: 8192, maxWindowSize: 1, maxTimeout: 10 }).terms.blockSize).toBe(8192)
  })

  test('tells sizes beyond 4 GiB', () => {
    expect(ask({ tsize: '0' }, 6_000_000_000).accepted).toEqual({ tsize: '6000000000' })
  })

  test('counts the timeout in seconds', () => {
    expect(ask({ timeout: '3' })).toMatchObject({ terms: { timeout: 3000 }, accepted: { timeout: '3' } })
  })

  test.each([
    ['blksize', '7'], ['blksize', '65465'], ['blksize', '0x200'], ['blksize', ''], ['blksize', '-512'], ['blksize', '99999999999'],
    ['windowsize', '0'], ['windowsize', '65536'], ['timeout', '0'], ['timeout', '256'], ['timeout', '255'], ['timeout', '1.5'], ['multicast', ''], ['x', '1'],
  ])('leaves %s=%s out', (name, value) => {
    expect(ask({ [name]: value })).toEqual({ terms: { blockSize: 512, windowSize: 1, timeout: 1000 }, accepted: {} })
  })
})
