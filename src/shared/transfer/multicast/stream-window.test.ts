import * as fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { UNIT } from '../../wire/multicast.ts'
import { StreamWindow } from './stream-window.ts'

const MiB = 1024 * 1024
/** Each unit has bytes of its own. */
const contentOf = (unit: number, length = UNIT): Uint8Array => new Uint8Array(length).fill((unit * 37 + 11) % 251)

/** Bytes of memory that a window takes while `use` uses it. */
function memoryOf(use: () => void): number {
  let taken = 0
  const Real = Uint8Array
  vi.stubGlobal('Uint8Array', class extends Real {
    constructor(length: number) {
      super(length)
      taken += length
    }
  })
  try {
    use()
  } finally {
    vi.unstubAllGlobals()
  }
  return taken
}

describe('StreamWindow', () => {
  test('holds what came and nothing else, wherever it begins, ends, fills up and goes round', () => {
    const steps = fc.array(fc.tuple(fc.nat(60), fc.nat(12)), { maxLength: 200 })
    fc.assert(fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 200 }), fc.nat(100), fc.boolean(), steps, (units, capacity, from, slides, moves) => {
      const bytes = units * UNIT - 100
      const window = new StreamWindow({ bytes, capacity: capacity * UNIT, from: Math.min(from, units), slides })
      const came = new Set<number>()
      for (const [ahead, taken] of moves) {
        const unit = window.have + ahead
        if (unit < units && window.put(unit, contentOf(unit, window.lengthOf(unit)))) came.add(unit)
        const here = [...came].filter((each) => window.has(each))
        expect([...came].filter((each) => each >= window.held && !here.includes(each))).toEqual([])
        for (const each of here) expect(window.get(each)).toEqual(contentOf(each, window.lengthOf(each)))
        window.pass(Math.min(window.low + taken, window.have))
      }
      expect(Array.from({ length: units }, (_, unit) => unit).filter((unit) => window.has(unit) && !came.has(unit))).toEqual([])
    }), { numRuns: 100 })
  })

  test('gives units that follow one another as one piece, up to one that is missing', () => {
    const window = new StreamWindow({ bytes: 200 * UNIT, capacity: 200 * UNIT, from: 0, slides: false })
    for (let unit = 0; unit < 130; unit += 1) if (unit !== 40) window.put(unit, contentOf(unit))
    const pieces: number[] = []
    for (let unit = 0; unit < 130; unit += unit === 40 ? 1 : window.getMany(unit).length / UNIT) {
      if (unit === 40) continue
      const piece = window.getMany(unit)
      pieces.push(piece.length / UNIT)
      for (let at = 0; at < piece.length; at += UNIT) expect(piece[at]).toBe(contentOf(unit + at / UNIT)[0])
    }
    expect(pieces.reduce((sum, count) => sum + count)).toBe(129)
    expect(Math.max(...pieces)).toBeGreaterThan(20)
    expect(pieces.length).toBeLessThan(8)
  })

  test('takes memory for what it holds and a while before, however much goes through it', () => {
    const units = Math.ceil((200 * MiB) / UNIT)
    const taken = memoryOf(() => {
      const window = new StreamWindow({ bytes: units * UNIT, capacity: 64 * MiB, from: 0, slides: false })
      const content = contentOf(1)
      for (let unit = 0; unit < units; unit += 1) {
        window.put(unit, content)
        window.pass(unit - 100)
      }
      for (let unit = window.held; unit < units; unit += 1) if (!window.has(unit)) throw new Error(`unit ${unit} is not here`)
      expect(window.held).toBeGreaterThan(units - 20_000)
    })
    expect(taken).toBeGreaterThan(16 * MiB)
    expect(taken).toBeLessThan(24 * MiB)
  })

  test('does not give up what came a round later into the same memory', () => {
    const capacity = Math.ceil((17 * MiB) / UNIT)
    const units = capacity * 3
    const window = new StreamWindow({ bytes: units * UNIT, capacity: capacity * UNIT, from: 0, slides: false })
    for (let unit = 0; unit < capacity; unit += 1) window.put(unit, contentOf(unit))
    window.pass(20)
    const next = capacity + 5
    expect(window.put(next, contentOf(next))).toBe(true)
    window.pass(capacity)
    expect(window.get(next)).toEqual(contentOf(next))
  })
})
