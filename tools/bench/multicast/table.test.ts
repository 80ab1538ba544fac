import { describe, expect, test } from 'vitest'
import { ratio, roundLines, roundsTable, type Round } from './table.ts'

const round = (receivers: number, loss: number, ours: number[], peer: number): Round => ({
  receivers, loss, rate: 100, megabytes: 100,
  laps: { clonaula: ours.map((seconds) => ({ seconds, repaired: 0.01 })), udpcast: [{ seconds: peer }], 'udpcast-opengnsys': [] },
})

describe('the multicast benchmark', () => {
  test('compares medians', () => {
    expect(ratio(round(4, 1, [8, 9, 20], 18))).toBe(2)
  })

  test('says what was reached and what was missed', () => {
    expect(roundLines(round(4, 1, [9], 18)).join('\n')).toMatch(/9\.00 s\s+11\.1 MB\/s\s+88\.9 % of the line[^]*2\.00 × udpcast \(goal 1\.2: reached\)/)
    expect(roundLines(round(4, 1, [10], 11)).at(-1)).toContain('1.10 × udpcast (goal 1.2: missed)')
    expect(roundLines(round(4, 0, [8.2], 8.3))[1]).toContain('97.6 % of the line (goal 0.95: reached)')
    const table = roundsTable([round(1, 0, [8], 8), round(8, 0, [10], 8)])
    expect(table).toContain('1.25 times as long as one at 100 Mbit/s and 0 % loss (goal 1.15: missed)')
    expect(table).toContain('| 100 Mbit/s | 8 | 100 MB | 0 % | 10.0 s, 10.0 MB/s | 8.0 s, 12.5 MB/s | – | 0.80 | 0.800 (goal 0.95: missed) | 1.0 % |')
  })
})
