import { describe, expect, test } from 'vitest'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import { DeployTransfer } from '#shared/domain/deploy/deploy-command.ts'
import { optionsOfRoom } from '#shared/domain/deploy/option-text.ts'
import { imageOptions, cacheOptions } from '../../components/imaging/image-options.ts'
import { disk, image, partition } from '../../testing/rows.ts'
import { commandsText, fieldsOf, readCommands, withCacheOnly, type DeployChoice } from './commands.ts'

const win = image(1, 'Win10', [{ filesystem: 'ntfs' }])
const dual = image(2, 'Aula doble', [{ filesystem: 'ntfs' }, {}], 'disk')
const target = { disk: 1, partition: 1 }
const options = imageOptions([win, dual], [disk([partition(1, { filesystem: 'ntfs' })])], target).sameType
const [whole] = cacheOptions([win]).sameType
const network = { ...defaultNetworkProperties, multicastAddress: '239.194.1.2', multicastSpeed: 50, maxClients: 35 }
const choice = (changes: Partial<DeployChoice>): DeployChoice => ({ cacheOnly: false, transfer: 'MULTICAST', target, image: options[0]!, ...changes })

describe('what is chosen', () => {
  test.each<[string, Partial<DeployChoice>, string]>([
    ['by multicast', {}, 'deployImage REPO Win10 1 1 MULTICAST 9000:full-duplex:239.194.1.2:50M:35:60'],
    ['straight into the partition', { transfer: 'UNICAST-DIRECT' }, 'deployImage REPO Win10 1 1 UNICAST-DIRECT'],
    ['by exchange', { transfer: 'TORRENT', revision: 3 }, 'deployImage REPO Win10@3 1 1 TORRENT peer:60'],
    ['a part of a disk image', { transfer: 'UNICAST', image: options[1]! }, 'deployImage REPO "Aula doble:1" 1 1 UNICAST'],
    ['into the CACHE only', { cacheOnly: true, transfer: 'TORRENT', image: whole! }, 'updateCache REPO /Win10 TORRENT peer:60'],
  ])('%s is said by a command that can be read again', (_, changes, text) => {
    expect(commandsText(choice(changes), network)).toBe(text)
    expect(readCommands(text)).toHaveProperty('commands.length', 1)
  })

  test('is no command while something is missing', () => {
    expect(commandsText({ cacheOnly: false, transfer: 'TORRENT', target }, network)).toBe('')
    expect(commandsText({ cacheOnly: false, transfer: 'TORRENT', image: options[0]! }, network)).toBe('')
  })

  test('for the CACHE only, has a transfer that goes there, and an image that is chosen anew', () => {
    expect(withCacheOnly(choice({ transfer: 'MULTICAST-DIRECT' }), true)).toEqual({ cacheOnly: true, transfer: 'MULTICAST', target })
    expect(withCacheOnly(choice({ cacheOnly: true, transfer: 'TORRENT' }), false)).toEqual({ cacheOnly: false, transfer: 'TORRENT', target })
  })
})

test.each(DeployTransfer.options)('%s is asked for all that its command says, and nothing else', (transfer) => {
  expect([...fieldsOf(transfer)].sort()).toEqual(Object.keys(optionsOfRoom(transfer, network)).sort())
})

test('what is wrong with a text is told with its place', () => {
  expect(readCommands('deployImage REPO Win10 1 1 MULTICAST 9001:full-duplex:239.194.1.2:50M:35:60')).toMatchObject({
    fault: { result: 'deployCommand', params: { line: 1, word: '9001' } },
  })
})
