import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TftpPacket } from '#shared/wire/tftp.ts'
import { TftpTransfer, type TransferStep } from './transfer.ts'

interface Setup {
  size?: number
  blockSize?: number
  windowSize?: number
  accepted?: Record<string, string>
}

/** A transfer of a file whose byte at offset n is n modulo 251, with reads served at once. */
function begin({ size = 10, blockSize = 4, windowSize = 1, accepted = {} }: Setup) {
  const file = Uint8Array.from({ length: size }, (_, offset) => offset % 251)
  const transfer = new TftpTransfer({ size, terms: { blockSize, windowSize, timeout: 1000 }, accepted: new Map(Object.entries(accepted)) })
  let position = 0
  const settle = (step: TransferStep): TransferStep => {
    if (step.want === 0) return step
    const bytes = file.slice(position, position + step.want)
    position += step.want
    return settle(transfer.supply(bytes))
  }
  return {
    file, transfer,
    first: settle(transfer.begin()),
    acknowledge: (block: number) => settle(transfer.receive({ op: 'ack', block })),
    expire: () => settle(transfer.expire()),
  }
}

const blocks = (step: TransferStep) => step.send.map((packet) => (packet.op === 'data' ? packet.block : packet.op))
const lengths = (step: TransferStep) => step.send.map((packet) => (packet.op === 'data' ? packet.data.length : -1))
const NOTHING = { send: [], want: 0 }

describe('TftpTransfer', () => {
  test('sends block by block, and ends with a short one', () => {
    const { first, acknowledge, transfer } = begin({})
    expect(first.send).toEqual([{ op: 'data', block: 1, data: Uint8Array.of(0, 1, 2, 3) }])
    expect(blocks(acknowledge(1))).toEqual([2])
    expect(acknowledge(2).send).toEqual([{ op: 'data', block: 3, data: Uint8Array.of(8, 9) }])
    expect(acknowledge(3)).toEqual({ ...NOTHING, outcome: 'complete' })
    expect(transfer.delivered).toBe(10)
  })

  test.each([[0, [0]], [3, [3]], [4, [4, 0]], [8, [4, 4, 0]]])('ends a file of %i bytes with blocks of %j', (size, expected) => {
    const { first, acknowledge } = begin({ size })
    const steps = [first]
    for (let block = 1; block < expected.length; block++) steps.push(acknowledge(block))
    expect(steps.flatMap(lengths)).toEqual(expected)
    expect(acknowledge(expected.length).outcome).toBe('complete')
  })

  test('confirms options first, and begins when they are acknowledged', () => {
    const { first, acknowledge } = begin({ accepted: { tsize: '10' } })
    expect(first.send).toEqual([{ op: 'options', options: new Map([['tsize', '10']]) }])
    expect(acknowledge(1)).toEqual(NOTHING)
    expect(blocks(acknowledge(0))).toEqual([1])
    expect(acknowledge(0)).toEqual(NOTHING)
  })

  test('sends a window at once, and goes on from what the client has of it (RFC 7440)', () => {
    const { first, acknowledge } = begin({ size: 40, windowSize: 3 })
    expect(blocks(first)).toEqual([1, 2, 3])
    expect(blocks(acknowledge(3))).toEqual([4, 5, 6])
    expect(blocks(acknowledge(4))).toEqual([5, 6, 7])
    expect(blocks(acknowledge(7))).toEqual([8, 9, 10])
    expect(lengths(acknowledge(10))).toEqual([0])
    expect(acknowledge(11).outcome).toBe('complete')
  })

  test('repeats a window whose first block was lost, once', () => {
    const { acknowledge } = begin({ size: 40, windowSize: 3 })
    acknowledge(3)
    expect(blocks(acknowledge(3))).toEqual([4, 5, 6])
    expect(acknowledge(3)).toEqual(NOTHING)
    expect(blocks(acknowledge(6))).toEqual([7, 8, 9])
  })

  test('does not answer late copies of an acknowledgement (the sorcerer\'s apprentice)', () => {
    const { acknowledge } = begin({ size: 40 })
    acknowledge(1)
    expect(acknowledge(1)).toEqual(NOTHING)
    expect(acknowledge(0)).toEqual(NOTHING)
    expect(blocks(acknowledge(2))).toEqual([3])
    expect(acknowledge(1)).toEqual(NOTHING)
  })

  test('ignores acknowledgements of what was never sent', () => {
    const { acknowledge } = begin({ size: 40, windowSize: 2 })
    expect(acknowledge(3)).toEqual(NOTHING)
    expect(acknowledge(65535)).toEqual(NOTHING)
    expect(blocks(acknowledge(2))).toEqual([3, 4])
  })

  test('goes on at block 0 after block 65535', () => {
    const { transfer, acknowledge } = begin({ size: 65_540 * 8, blockSize: 8 })
    for (let block = 1; block < 65_535; block++) acknowledge(block)
    expect(blocks(acknowledge(65_535))).toEqual([0])
    expect(blocks(acknowledge(0))).toEqual([1])
    expect(transfer.delivered).toBe(65_536 * 8)
  })

  test('repeats what was not acknowledged, ever more slowly, and gives up', () => {
    const { transfer, expire } = begin({ size: 40, windowSize: 2 })
    const waits = [transfer.patience]
    for (let attempt = 2; attempt <= 6; attempt++) {
      expect(blocks(expire())).toEqual([1, 2])
      waits.push(transfer.patience)
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 8000, 8000])
    expect(expire()).toEqual({ ...NOTHING, outcome: 'timed-out' })
  })

  test('is patient anew after each step forward', () => {
    const { transfer, expire, acknowledge } = begin({ size: 40 })
    expire()
    expire()
    expect(transfer.patience).toBe(4000)
    acknowledge(1)
    expect(transfer.patience).toBe(1000)
  })

  test('repeats its options too', () => {
    const { expire } = begin({ accepted: { blksize: '4' } })
    expect(blocks(expire())).toEqual(['options'])
  })

  test('neither hears nor repeats while the file is being read', () => {
    const transfer = new TftpTransfer({ size: 40, terms: { blockSize: 4, windowSize: 2, timeout: 1000 }, accepted: new Map() })
    expect(transfer.begin()).toEqual({ send: [], want: 8 })
    expect(transfer.expire()).toEqual(NOTHING)
    expect(blocks(transfer.supply(new Uint8Array(8)))).toEqual([1, 2])
    expect(transfer.receive({ op: 'ack', block: 1 })).toEqual({ send: [], want: 4 })
    expect(transfer.receive({ op: 'ack', block: 2 })).toEqual(NOTHING)
    expect(blocks(transfer.supply(new Uint8Array(4)))).toEqual([2, 3])
  })

  test('ends when the client says so', () => {
    const { transfer } = begin({ accepted: { tsize: '10' } })
    expect(transfer.receive({ op: 'error', code: 8, message: 'thanks' })).toEqual({ ...NOTHING, outcome: 'aborted' })
    expect(transfer.receive({ op: 'ack', block: 0 })).toEqual(NOTHING)
    expect(transfer.expire()).toEqual(NOTHING)
    expect(transfer.supply(new Uint8Array(4))).toEqual(NOTHING)
  })

  test.each([
    ['cannot be read', (transfer: TftpTransfer) => transfer.fail()],
    ['became shorter', (transfer: TftpTransfer) => transfer.supply(new Uint8Array(3))],
  ])('tells the client when the file %s', (_why, event) => {
    const transfer = new TftpTransfer({ size: 10, terms: { blockSize: 4, windowSize: 1, timeout: 1000 }, accepted: new Map() })
    transfer.begin()
    expect(event(transfer)).toMatchObject({ send: [{ op: 'error', code: 0 }], outcome: 'failed' })
  })

  test('ignores packets that have no place in a read', () => {
    const { transfer } = begin({})
    expect(transfer.receive({ op: 'data', block: 1, data: new Uint8Array(1) })).toEqual(NOTHING)
    expect(transfer.receive({ op: 'read', file: 'x', mode: 'octet', options: new Map() })).toEqual(NOTHING)
  })

  test('delivers every file whole over a network that loses and repeats', () => {
    const network = fc.array(fc.constantFrom('deliver', 'lose', 'repeat'), { minLength: 40, maxLength: 400 })
    fc.assert(fc.property(fc.nat(90), fc.integer({ min: 1, max: 6 }), network, (size, windowSize, fates) => {
      const { file, first, acknowledge, expire } = begin({ size, blockSize: 8, windowSize })
      const client = new WindowedClient(8, windowSize)
      let turn = 0
      const carried = <T>(items: readonly T[]) => items.flatMap((item) => {
        const fate = fates[turn++ % fates.length]
        return fate === 'lose' ? [] : fate === 'repeat' ? [item, item] : [item]
      })
      let step = first
      for (let round = 0; round < 2000 && step.outcome === undefined; round++) {
        const answers = carried(carried(step.send).flatMap((packet) => client.receive(packet)))
        const steps = answers.map(acknowledge)
        step = steps.find(({ outcome }) => outcome !== undefined)
          ?? { want: 0, send: steps.flatMap(({ send }) => send) }
        if (step.outcome === undefined && step.send.length === 0) step = expire()
      }
      expect(['complete', 'timed-out']).toContain(step.outcome)
      expect(client.received()).toEqual([...file].slice(0, client.received().length))
      expect(step.outcome === 'timed-out' || client.received().length === size).toBe(true)
    }))
  })
})

/** A receiver as RFC 7440 has it: acknowledges the end of each window, and the last good block at a gap. */
class WindowedClient {
  readonly #data: number[] = []
  readonly #blockSize: number
  readonly #windowSize: number
  #expected = 1
  #windowStart = 1

  constructor(blockSize: number, windowSize: number) {
    this.#blockSize = blockSize
    this.#windowSize = windowSize
  }

  received(): number[] {
    return this.#data
  }

  /** The blocks that it acknowledges. */
  receive(packet: TftpPacket): number[] {
    if (packet.op !== 'data') return []
    if (packet.block !== this.#expected) {
      this.#windowStart = this.#expected
      return [this.#expected - 1]
    }
    this.#data.push(...packet.data)
    this.#expected += 1
    const last = packet.data.length < this.#blockSize
    if (!last && packet.block < this.#windowStart + this.#windowSize - 1) return []
    this.#windowStart = this.#expected
    return [packet.block]
  }
}
