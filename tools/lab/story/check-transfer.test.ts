import { expect, test } from 'vitest'
import type { RestoreMethod } from '#shared/domain/method.ts'
import { wrongTransfer } from './check-transfer.ts'

const MB = 1e6
/** An image of 100 MB. */
const wrong = (method: RestoreMethod, computers: number, byConsole: number, byComputers = 4): string | undefined =>
  wrongTransfer({ method, computers, image: 100 * MB, sent: { console: byConsole * MB, computers: byComputers * MB } })

test.each<[RestoreMethod, number, number, number?]>([
  ['UNICAST-DIRECT', 2, 205], ['UNICAST-CACHE', 3, 310], ['MULTICAST-DIRECT', 2, 108], ['MULTICAST-CACHE', 2, 140],
  ['TORRENT-CACHE', 2, 112, 97], ['TORRENT-CACHE', 1, 101], ['MULTICAST-CACHE', 1, 104],
])('%s to %i computers, for which the console sent %i MB, is what it says', (method, computers, byConsole, byComputers) => {
  expect(wrong(method, computers, byConsole, byComputers)).toBeUndefined()
})

test.each<[RestoreMethod, number, number, number, string]>([
  ['UNICAST-CACHE', 2, 104, 4, 'unicast, and the console sent only 104 MB'],
  ['UNICAST-DIRECT', 1, 3, 4, 'UNICAST-DIRECT: the console sent 3 MB of an image of 100 MB'],
  ['MULTICAST-DIRECT', 2, 203, 4, 'multicast, and the console sent 203 MB'],
  ['MULTICAST-CACHE', 3, 240, 4, 'multicast, and the console sent 240 MB'],
  ['TORRENT-CACHE', 2, 190, 14, 'a swarm, and its computers sent only 14 MB'],
])('%s to %i computers, for which the console sent %i MB and they %i, is another method', (method, computers, byConsole, byComputers, sentence) => {
  expect(wrong(method, computers, byConsole, byComputers)).toBe(sentence)
})

test('where no computer is left there was no transfer', () => {
  expect(wrong('TORRENT-CACHE', 0, 0, 0)).toBeUndefined()
})
