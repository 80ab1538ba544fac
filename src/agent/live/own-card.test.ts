import { expect, test } from 'vitest'
import { MacAddress } from '#shared/domain/ids.ts'
import { ownCard } from './own-card.ts'

const card = (number: number, ip: string) => ({ name: `eth${number}`, mac: MacAddress.parse(`52:54:00:77:00:0${number}`), ip })
const cards = [card(0, ''), card(1, '10.0.0.5'), card(2, '10.77.0.9')]

test.each([
  ['the one that the live system came by', 'eth2', '52:54:00:77:00:02'],
  ['that one, although it has no address now', 'eth0', '52:54:00:77:00:00'],
  ['the first with an address, when nothing was written down', undefined, '52:54:00:77:00:01'],
  ['the same, when what was written down is gone', 'eth7', '52:54:00:77:00:01'],
])('%s', (_, inUse, mac) => expect(ownCard(cards, inUse)).toBe(mac))

test('any, when none has an address; none, when there is none', () => {
  expect(ownCard([card(3, '')], undefined)).toBe('52:54:00:77:00:03')
  expect(() => ownCard([], 'eth0')).toThrow('--mac')
})
