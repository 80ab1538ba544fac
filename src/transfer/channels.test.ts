import { beforeEach, describe, expect, test } from 'vitest'
import type { TransferMessage } from '#shared/contract/transfer-channel.ts'
import { OperationId } from '#shared/domain/ids.ts'
import { Channels } from './channels.ts'
import type { ControlChannel } from './control-channel.ts'

const FIRST = OperationId.parse(1)
const SECOND = OperationId.parse(2)

let sent: TransferMessage[]
let channels: Channels
beforeEach(() => {
  sent = []
  channels = new Channels((message) => sent.push(message))
})

function listen(channel: ControlChannel<unknown>): { heard: unknown[]; closed: number } {
  const seen = { heard: [] as unknown[], closed: 0 }
  channel.listen({ message: (message) => seen.heard.push(message), closed: () => { seen.closed += 1 } })
  return seen
}

const about = (operation: OperationId, message: unknown): TransferMessage => ({ type: 'transfer', operation, channel: 'multicast', message })

describe('channels over one connection', () => {
  test('carry messages of operations and ways of transfer apart', () => {
    const first = channels.open(FIRST, 'multicast')
    const [one, other, torrent] = [listen(first), listen(channels.open(SECOND, 'multicast')), listen(channels.open(FIRST, 'torrent'))]
    expect(channels.hear(about(FIRST, 'a'))).toBe(true)
    expect(channels.hear(about(SECOND, 'b'))).toBe(true)
    first.send('c')
    expect([one.heard, other.heard, torrent.heard]).toEqual([['a'], ['b'], []])
    expect(sent).toEqual([about(FIRST, 'c')])
  })

  test('keep what comes before somebody listens, up to a bound', () => {
    const channel = channels.open(FIRST, 'multicast')
    for (let number = 0; number < 100; number += 1) channels.hear(about(FIRST, number))
    expect(listen(channel).heard).toEqual(Array.from({ length: 64 }, (_, number) => number))
  })

  test('say once that they are closed, and neither send nor hear after it', () => {
    const channel = channels.open(FIRST, 'multicast')
    const seen = listen(channel)
    channels.close(FIRST)
    channels.closeAll()
    channel.send('late')
    expect(channels.hear(about(FIRST, 'late'))).toBe(false)
    expect([seen, sent]).toEqual([{ heard: [], closed: 1 }, []])
  })

  test('one that was closed before somebody listened says so', () => {
    const channel = channels.open(FIRST, 'multicast')
    channels.closeAll()
    expect(listen(channel).closed).toBe(1)
  })

  test('a second one of the same name ends the first', () => {
    const [first, second] = [listen(channels.open(FIRST, 'multicast')), listen(channels.open(FIRST, 'multicast'))]
    channels.hear(about(FIRST, 'a'))
    expect([first, second]).toEqual([{ heard: [], closed: 1 }, { heard: ['a'], closed: 0 }])
  })
})
