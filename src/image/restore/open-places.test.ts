import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { BLOCK, ChunkTable } from '#shared/formats/chunk-table.ts'
import type { Manifest } from '#shared/formats/manifest.ts'
import { RunBuilder } from '#shared/formats/manifest-runs.ts'
import { Places } from '../places.ts'
import { OpenPlaces } from './open-places.ts'

/** Volumes whose places hold these chunks (of one block each), one after another; −1 is a gap. */
function placesOf(...volumes: number[][]): Places {
  const count = Math.max(...volumes.flat()) + 1
  const chunks = new ChunkTable(new Uint8Array(32 * count), new Uint32Array(count).fill(BLOCK))
  const runs = volumes.map((volume) => {
    const builder = new RunBuilder()
    for (const [at, chunk] of volume.entries()) if (chunk >= 0) builder.add(at * BLOCK, chunk, BLOCK)
    return builder.runs
  })
  const manifest: Manifest = { facts: { creator: '', created: '', source: '', volumes: [] }, packs: [], chunks, runs }
  return new Places(manifest, volumes.map((_, at) => at))
}

const volume = fc.array(fc.integer({ min: -1, max: 6 }), { minLength: 1, maxLength: 40 }).filter((all) => all.some((chunk) => chunk >= 0))

describe('places', () => {
  test('are those of the runs, by chunk and in the order of the device', () => {
    fc.assert(fc.property(volume, volume, (...given) => {
      const places = placesOf(...given)
      const expected = given.flatMap((chunks, at) =>
        chunks.flatMap((chunk, block) => (chunk < 0 ? [] : [{ volume: at, offset: block * BLOCK, chunk }])))
      const inOrder = given.flatMap((_, at) => [...places.inOrder(at)])
      expect(inOrder).toEqual(expected.map((place, number) => ({ ...place, place: number })))
      for (const { place, offset, chunk, volume: at } of inOrder) {
        expect(places.offsetOf(place)).toBe(offset)
        expect(places.volumeOf(place)).toBe(at)
        expect([...places.of(chunk)]).toContain(place)
      }
      expect(places.count).toBe(expected.length)
      const visited: unknown[] = []
      for (let chunk = 0; chunk <= Math.max(...given.flat()); chunk += 1) {
        places.visit(chunk, (at, offset) => visited.push({ volume: at, offset, chunk }))
      }
      expect(visited).toEqual(expected.toSorted((a, b) => a.chunk - b.chunk))
    }))
  })

  test('of a volume that was not asked for are not among them', () => {
    const all = placesOf([0, 1], [2, 1])
    expect(all.count).toBe(4)
    expect([...all.of(1)]).toEqual([1, 3])
    expect(all.range(1)).toEqual({ first: 2, count: 2 })
  })
})

describe('open places', () => {
  test('say what is wanted, and who has it', () => {
    const open = new OpenPlaces(placesOf([0, 1, 0], [0]))
    expect([open.has(0), open.has(1), open.inVolume(0), open.inVolume(1)]).toEqual([true, true, true, true])
    expect(open.holderOf(0)).toBeUndefined()
    open.close(3)
    expect([open.has(0), open.inVolume(1), open.holderOf(0)]).toEqual([true, false, 3])
    open.close(0)
    open.close(2)
    expect([open.has(0), open.has(1), open.inVolume(0)]).toEqual([false, true, true])
  })

  test('come back from their list: all of it that lies beyond the head, and nothing else', () => {
    const cases = fc.record({
      given: fc.tuple(volume, volume), closed: fc.array(fc.nat(100)), from: fc.integer({ min: 0, max: 20 }), shift: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(fc.property(cases, ({ given, closed, from, shift }) => {
      const places = placesOf(...given)
      const open = new OpenPlaces(places)
      for (const place of closed) if (place < places.count) open.close(place)
      const { first, count } = places.range(1)
      const again = new OpenPlaces(places)
      again.closeListed(1, open.list(1, from * BLOCK, shift), shift)
      for (let place = 0; place < places.count; place += 1) {
        const start = first + Math.floor((place - first) / 2 ** shift) * 2 ** shift
        const group = Array.from({ length: Math.min(2 ** shift, first + count - start) }, (_, at) => start + at)
        const listed = place >= first && group.every((one) => !open.isOpen(one) && places.offsetOf(one) >= from * BLOCK)
        expect(again.isOpen(place)).toBe(!listed)
      }
    }))
  })

  test('beyond the head are closed together', () => {
    const open = new OpenPlaces(placesOf([0, 1, 2, 3], [4, 5]))
    open.closeFrom(0, 2 * BLOCK)
    expect(Array.from({ length: 6 }, (_, place) => open.isOpen(place))).toEqual([true, true, false, false, true, true])
  })
})
