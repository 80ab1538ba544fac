import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Bitfield } from '../../wire/bittorrent/bitfield.ts'
import { PiecePicker, type Block } from './piece-picker.ts'

const BLOCKS = 4
const bits = (length: number, ...pieces: number[]) => {
  const field = new Bitfield(length)
  for (const piece of pieces) field.set(piece)
  return field
}
const pickerOf = (pieceCount: number, options: { have?: Bitfield; maxOpen?: number; random?: () => number } = {}) =>
  new PiecePicker<string>({ pieceCount, blockCount: () => BLOCKS, have: new Bitfield(pieceCount), maxOpen: 100, random: () => 0, ...options })

function join(picker: PiecePicker<string>, has: Bitfield): void {
  for (let piece = 0; piece < has.length; piece += 1) if (has.has(piece)) picker.gained(piece)
}

function receiveAll(picker: PiecePicker<string>, peer: string, blocks: readonly Block[]): void {
  for (const block of blocks) expect(picker.received(peer, block)).toBeDefined()
}

describe('PiecePicker', () => {
  test('asks for the rarest first', () => {
    const picker = pickerOf(3)
    const all = Bitfield.full(3)
    join(picker, all)
    join(picker, bits(3, 0, 2))
    picker.gained(0)
    expect(picker.pick('a', all, 3 * BLOCKS).map(({ piece }) => piece).filter((_, at) => at % BLOCKS === 0)).toEqual([1, 2, 0])
  })

  test('chooses among equally rare ones by chance, each as likely', () => {
    const counts = [0, 0, 0, 0]
    let state = 1
    const random = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
    for (let run = 0; run < 4000; run += 1) {
      const picker = pickerOf(4, { random })
      join(picker, Bitfield.full(4))
      counts[picker.pick('a', Bitfield.full(4), 1)[0]!.piece]! += 1
    }
    for (const count of counts) expect(count).toBeGreaterThan(850)
  })

  test('leaves a piece to one peer while there are others to begin', () => {
    const picker = pickerOf(2)
    const all = Bitfield.full(2)
    join(picker, all)
    const [first] = picker.pick('a', all, 1)
    const [second] = picker.pick('b', all, 1)
    expect(second!.piece).not.toBe(first!.piece)
    expect(picker.pick('a', all, 1)).toEqual([{ piece: first!.piece, index: 1 }])
  })

  test('opens no more pieces than may be in memory, and has peers help each other then', () => {
    const picker = pickerOf(5, { maxOpen: 1 })
    const all = Bitfield.full(5)
    join(picker, all)
    const [first] = picker.pick('a', all, 1)
    expect(picker.pick('b', all, 99)).toEqual([1, 2, 3].map((index) => ({ piece: first!.piece, index })))
    expect(picker.pick('c', all, 99)).toEqual([])
  })

  test('asks several for the same at the end only, and says whom it need not have asked', () => {
    const picker = pickerOf(1)
    const all = Bitfield.full(1)
    const asked = ['a', 'b', 'c', 'd'].map((peer) => picker.pick(peer, all, BLOCKS).length)
    expect(asked).toEqual([BLOCKS, BLOCKS, BLOCKS, 0])
    expect(picker.received('b', { piece: 0, index: 0 })).toEqual({ others: ['a', 'c'], whole: false })
    expect(picker.received('a', { piece: 0, index: 0 })).toBeUndefined()
  })

  test('takes nothing that it has not asked for', () => {
    const picker = pickerOf(2)
    picker.pick('a', bits(2, 0), 1)
    expect(picker.received('b', { piece: 0, index: 0 })).toBeUndefined()
    expect(picker.received('a', { piece: 1, index: 0 })).toBeUndefined()
    expect(picker.received('a', { piece: 0, index: 3 })).toBeUndefined()
  })

  test('gives what one peer does not send to another', () => {
    const picker = pickerOf(1)
    const all = Bitfield.full(1)
    receiveAll(picker, 'a', picker.pick('a', all, BLOCKS).slice(0, 1))
    picker.release('a')
    expect(picker.pick('b', all, 2)).toHaveLength(2)
    picker.releaseBlock('b', { piece: 0, index: 1 })
    expect(picker.pick('c', all, BLOCKS).map(({ index }) => index)).toEqual([1, 3])
    expect(picker.sources(0)).toEqual(['a', undefined, undefined, undefined])
  })

  test('fetches a piece that was wrong from one peer alone', () => {
    const picker = pickerOf(1)
    const all = Bitfield.full(1)
    receiveAll(picker, 'a', picker.pick('a', all, 2))
    receiveAll(picker, 'b', picker.pick('b', all, 2))
    expect(new Set(picker.sources(0))).toEqual(new Set(['a', 'b']))
    picker.failed(0)
    receiveAll(picker, 'a', picker.pick('a', all, 2))
    expect(picker.pick('b', all, BLOCKS)).toEqual([])
    picker.release('a')
    const again = picker.pick('b', all, BLOCKS)
    expect(again).toHaveLength(BLOCKS)
    receiveAll(picker, 'b', again)
    expect(new Set(picker.sources(0))).toEqual(new Set(['b']))
    picker.passed(0)
    expect(picker.have.complete).toBe(true)
  })

  test('says whether all that is missing can be had', () => {
    const picker = pickerOf(2, { have: bits(2, 0) })
    expect(picker.reachable).toBe(false)
    join(picker, bits(2, 1))
    expect(picker.reachable).toBe(true)
    picker.left('a', bits(2, 1))
    expect(picker.reachable).toBe(false)
  })

  test('leaves what comes from elsewhere alone, and asks for it when it did not come', () => {
    const picker = pickerOf(3)
    const all = Bitfield.full(3)
    join(picker, bits(3, 0, 1))
    expect(picker.claim()).toBe(2)
    picker.pick('a', all, BLOCKS)
    const claimed = picker.claim()!
    expect(picker.pick('b', all, 3 * BLOCKS).some(({ piece }) => piece === claimed || piece === 2)).toBe(false)
    expect([picker.claim(), picker.claim()].filter((piece) => piece !== undefined)).toHaveLength(1)
    picker.unclaim(claimed)
    expect(new Set(picker.pick('c', all, BLOCKS).map(({ piece }) => piece))).toEqual(new Set([claimed]))
    for (const piece of [0, 1, 2]) picker.passed(piece)
    expect(picker.claim()).toBeUndefined()
  })

  test('gets every piece, whoever refuses, leaves or damages what', () => {
    const step = fc.record({ peer: fc.nat(3), action: fc.constantFrom('receive', 'receive', 'receive', 'leave', 'reject'), at: fc.nat(1000), broken: fc.nat(9) })
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.array(step, { maxLength: 200 }), (pieces, steps) => {
      const picker = pickerOf(pieces, { maxOpen: 3 })
      const all = Bitfield.full(pieces)
      const peers = ['a', 'b', 'c', 'd']
      const asked = new Map<string, Block[]>(peers.map((peer) => [peer, []]))
      const receive = (peer: string, block: Block, broken: boolean) => {
        if (!picker.received(peer, block)?.whole) return
        if (broken) picker.failed(block.piece)
        else picker.passed(block.piece)
      }
      const ask = (peer: string) => asked.get(peer)!.push(...picker.pick(peer, all, 5 - asked.get(peer)!.length))
      for (const { peer: number, action, at, broken } of steps) {
        const peer = peers[number]!
        const queue = asked.get(peer)!
        ask(peer)
        const [block] = queue.splice(at % Math.max(1, queue.length), 1)
        if (action === 'leave') picker.release(peer)
        else if (block && action === 'reject') picker.releaseBlock(peer, block)
        else if (block) receive(peer, block, broken === 0)
        if (action === 'leave') queue.length = 0
      }
      for (let rounds = 0; !picker.have.complete && rounds < 500; rounds += 1) {
        for (const peer of peers) {
          ask(peer)
          for (const block of asked.get(peer)!.splice(0)) receive(peer, block, false)
        }
      }
      expect(picker.have.count).toBe(pieces)
    }))
  })
})
