import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClonaulaError } from '../errors.ts'
import { ImageName } from '../image.ts'
import { resultSentence } from '../../i18n/index.ts'
import { CacheTransfer, DeployTransfer, methodOf, transferOf, type DeployCommand } from './deploy-command.ts'
import { decodeDeployment, encodeCommand, encodeDeployment, MAX_DEPLOY_COMMANDS } from './deploy-text.ts'
import { optionsOf } from './option-text.ts'
import type { ProtocolOptions } from './protocol-options.ts'

const multicast: ProtocolOptions = {
  multicastPort: 9000, multicastMode: 'full-duplex', multicastAddress: '239.194.1.2', multicastSpeed: 50, maxClients: 35, maxWait: 60,
}

describe('a deployment’s commands', () => {
  test.each<[string, DeployCommand]>([
    ['deployImage REPO Win10 1 1 MULTICAST 9000:full-duplex:239.194.1.2:50M:35:60',
      { kind: 'deployImage', image: { name: 'Win10' }, target: { disk: 1, partition: 1 }, transfer: 'MULTICAST', options: multicast }],
    ['updateCache REPO /Win10 TORRENT peer:60',
      { kind: 'updateCache', image: { name: 'Win10' }, transfer: 'TORRENT', options: { p2pMode: 'peer', p2pTime: 60 } }],
    ['deployImage REPO Win10@3 2 128 UNICAST',
      { kind: 'deployImage', image: { name: 'Win10', revision: 3 }, target: { disk: 2, partition: 128 }, transfer: 'UNICAST', options: {} }],
    ['deployImage REPO "Aula 3 (2026)@12:2" 1 1 MULTICAST-DIRECT :::100M::',
      { kind: 'deployImage', image: { name: 'Aula 3 (2026)', revision: 12, volume: 2 }, target: { disk: 1, partition: 1 }, transfer: 'MULTICAST-DIRECT', options: { multicastSpeed: 100 } }],
    ['deployImage REPO Disco 1 * UNICAST-DIRECT',
      { kind: 'deployImage', image: { name: 'Disco' }, target: { disk: 1 }, transfer: 'UNICAST-DIRECT', options: {} }],
    ['updateCache REPO "/Ubuntu 24.04" TORRENT :0',
      { kind: 'updateCache', image: { name: 'Ubuntu 24.04' }, transfer: 'TORRENT', options: { p2pTime: 0 } }],
  ])('%s', (text, command) => {
    expect(decodeDeployment(text)).toEqual([command])
    expect(encodeCommand(command)).toBe(text)
  })

  test('are read with more blanks than they are written with, and lines that say nothing', () => {
    const [first, second] = ['updateCache REPO /Win10 UNICAST', 'deployImage REPO Win10 1 1 UNICAST'] as const
    const spread = `\r\n  ${first.replaceAll(' ', '\t ')}  \r\n\n${second.replace('Win10', '"Win10"')}`
    expect(encodeDeployment(decodeDeployment(spread))).toBe(`${first}\n${second}\n`)
  })

  const wrong = '9000:full-duplex:239.194.1.2:50M:35:60'
  test.each<[string, Record<string, string | number>]>([
    ['', { line: 1, column: 1, expected: 'deployImage, updateCache' }],
    ['\n\nrestoreImage REPO Win10 1 1 UNICAST', { line: 3, column: 1, word: 'restoreImage', expected: 'deployImage, updateCache' }],
    ['deployImage', { line: 1, column: 12, expected: 'REPO' }],
    ['deployImage 10.0.0.1 Win10 1 1 UNICAST', { line: 1, column: 13, word: '10.0.0.1', expected: 'REPO' }],
    ['deployImage REPO .oculta 1 1 UNICAST', { line: 1, column: 18, word: '.oculta', expected: 'IMAGE[@REVISION][:VOLUME], VOLUME = 1–256' }],
    ['deployImage REPO Win10@0 1 1 UNICAST', { line: 1, column: 18, word: 'Win10@0', expected: 'IMAGE[@REVISION][:VOLUME], VOLUME = 1–256' }],
    ...['0', '257', '1000'].map((volume): [string, Record<string, string | number>] => [
      `deployImage REPO Win10@2:${volume} 1 1 UNICAST`,
      { line: 1, column: 18, word: `Win10@2:${volume}`, expected: 'IMAGE[@REVISION][:VOLUME], VOLUME = 1–256' },
    ]),
    ['deployImage REPO Win10 65 1 UNICAST', { line: 1, column: 24, word: '65', expected: '1–64' }],
    ['deployImage REPO Win10 1 0 UNICAST', { line: 1, column: 26, word: '0', expected: '1–256, *' }],
    ['deployImage REPO Win10 1 1 UNICAST-CACHE', { line: 1, column: 28, word: 'UNICAST-CACHE', expected: DeployTransfer.options.join(', ') }],
    ['deployImage REPO Win10 1 1', { line: 1, column: 27, expected: DeployTransfer.options.join(', ') }],
    ['deployImage REPO Win10 1 1 UNICAST peer:60', { line: 1, column: 36, word: 'peer' }],
    ['deployImage REPO Win10 1 1 TORRENT peer:60 60', { line: 1, column: 44, word: '60' }],
    ['updateCache REPO Win10 UNICAST', { line: 1, column: 18, word: 'Win10', expected: '/IMAGE[@REVISION]' }],
    ['updateCache REPO /Win10:1 UNICAST', { line: 1, column: 18, word: '/Win10:1', expected: '/IMAGE[@REVISION]' }],
    ['updateCache REPO /Win10 MULTICAST-DIRECT', { line: 1, column: 25, word: 'MULTICAST-DIRECT', expected: 'TORRENT, MULTICAST, UNICAST' }],
    ['updateCache REPO "/Win 10 UNICAST', { line: 1, column: 18, word: '"/Win 10 UNICAST', expected: '"…"' }],
    ['updateCache REPO "/Win 10"UNICAST', { line: 1, column: 18, word: '"/Win 10"UNICAST', expected: '"…"' }],
    ['updateCache REPO /Win10 TORRENT pear:60', { line: 1, column: 33, word: 'pear', expected: 'peer, leecher, seeder' }],
    ['updateCache REPO /Win10 TORRENT peer', { line: 1, column: 37, expected: ':0–86400' }],
    ['updateCache REPO /Win10 TORRENT peer:60:', { line: 1, column: 40, word: ':' }],
    ['updateCache REPO /Win10 TORRENT peer:60::', { line: 1, column: 40, word: ':' }],
    ['updateCache REPO /Win10 TORRENT peer:60 ""', { line: 1, column: 42, word: '""' }],
    ['updateCache REPO /Win10 UNICAST :', { line: 1, column: 33, word: ':' }],
    ['updateCache REPO /Win10 UNICAST ""', { line: 1, column: 34, word: '""' }],
    ...([
      ['9000', '9001', '9000, 9002 … 9098'], ['9000', '9100', '9000, 9002 … 9098'], ['full-duplex', 'simplex', 'full-duplex, half-duplex'],
      ['239.194.1.2', '192.168.1.2', '224.0.0.0–239.255.255.255'], ['50M', '50', '1M–10000M'], ['50M', '0M', '1M–10000M'],
      [':35:', ':1001:', '1–1000'], [':60', ':3601', '1–3600'],
    ] as const).map(([right, word, expected]): [string, Record<string, string | number>] => [
      `updateCache REPO /Win10 MULTICAST ${wrong.replace(right, word)}`,
      { line: 1, column: 35 + wrong.indexOf(right) + (word.startsWith(':') ? 1 : 0), word: word.replaceAll(':', ''), expected },
    ]),
    ['updateCache REPO /Win10 UNICAST\n'.repeat(MAX_DEPLOY_COMMANDS + 1), { line: MAX_DEPLOY_COMMANDS + 1, column: 1, word: 'updateCache', most: MAX_DEPLOY_COMMANDS }],
  ])('that are wrong say where, and what would be right: %j', (text, params) => {
    expect(faultOf(text)).toMatchObject({ result: 'deployCommand', params })
    expect(Object.keys(faultOf(text).params).sort()).toEqual(Object.keys(params).sort())
  })

  test('say what is wrong with them in both languages', () => {
    const { result, params } = faultOf('updateCache REPO /Win10 TORRENT pear:60')
    expect(resultSentence('es', result, params)).toBe('Línea 1, columna 33 de los comandos: «pear» no vale ahí; se espera peer, leecher, seeder.')
    expect(resultSentence('en', result, faultOf('updateCache').params)).toBe('Line 1, column 12 of the commands; expected: REPO.')
    const many = faultOf('updateCache REPO /Win10 UNICAST\n'.repeat(MAX_DEPLOY_COMMANDS + 1))
    expect(resultSentence('es', many.result, many.params)).toBe('Línea 21, columna 1 de los comandos: «updateCache» no vale ahí; un despliegue tiene 20 comandos como mucho.')
    expect(resultSentence('en', many.result, many.params)).toBe('Line 21, column 1 of the commands: “updateCache” is not valid there; a deployment has 20 commands at most.')
  })

  test('are read as they were written, whatever they say', () => {
    fc.assert(fc.property(fc.array(anyCommand, { minLength: 1, maxLength: 4 }), (commands) => {
      expect(decodeDeployment(encodeDeployment(commands))).toEqual(commands)
    }))
  })

  test('are refused in one way only, and mean the same when they are written again', () => {
    const pieces = fc.constantFrom('deployImage', 'updateCache', 'REPO', 'Win10', '/Win10', '@3', ':2', '1', '*', 'TORRENT', 'MULTICAST', 'peer', ':', '60', '50M', '"', ' ', '\t', '\n', 'ñ')
    fc.assert(fc.property(fc.oneof(fc.string(), fc.array(pieces, { maxLength: 30 }).map((words) => words.join(' ')), fc.tuple(anyCommand, fc.nat(60), pieces).map(
      ([command, at, piece]) => encodeCommand(command).slice(0, at) + piece + encodeCommand(command).slice(at + 1))), (text) => {
      const commands = attempt(text)
      const again = commands instanceof ClonaulaError ? attempt(text) : attempt(encodeDeployment(commands))
      expect(again).toEqual(commands)
    }), { numRuns: 1000 })
  })
})

test.each(DeployTransfer.options)('%s is a method, and back', (transfer) => expect(transferOf(methodOf(transfer))).toBe(transfer))

const options = fc.record({
  multicastPort: fc.integer({ min: 0, max: 49 }).map((half) => 9000 + 2 * half),
  multicastMode: fc.constantFrom('full-duplex' as const, 'half-duplex' as const),
  multicastAddress: fc.tuple(fc.integer({ min: 224, max: 239 }), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join('.')),
  multicastSpeed: fc.integer({ min: 1, max: 10_000 }),
  maxClients: fc.integer({ min: 1, max: 1000 }),
  maxWait: fc.integer({ min: 1, max: 3600 }),
  p2pMode: fc.constantFrom('peer' as const, 'leecher' as const, 'seeder' as const),
  p2pTime: fc.integer({ min: 0, max: 86_400 }),
}, { requiredKeys: [] })
const name = fc.stringMatching(/^[\p{L}\p{N}][\p{L}\p{N} ._()+-]{0,20}$/u).filter((text) => ImageName.safeParse(text).data === text)
const number = (max: number) => fc.integer({ min: 1, max })
const named = { name, revision: number(1e9 - 1) }
const anyCommand: fc.Arbitrary<DeployCommand> = fc.oneof(
  fc.record({
    kind: fc.constant('deployImage' as const),
    image: fc.record({ ...named, volume: number(256) }, { requiredKeys: ['name'] }),
    target: fc.record({ disk: number(64), partition: number(256) }, { requiredKeys: ['disk'] }),
    transfer: fc.constantFrom(...DeployTransfer.options),
    options,
  }),
  fc.record({
    kind: fc.constant('updateCache' as const),
    image: fc.record(named, { requiredKeys: ['name'] }),
    transfer: fc.constantFrom(...CacheTransfer.options),
    options,
  }),
).map((command) => ({ ...command, options: optionsOf(command.transfer, command.options) }))

/** @throws what is no word about the command */
function attempt(text: string): DeployCommand[] | ClonaulaError {
  try {
    return decodeDeployment(text)
  } catch (error) {
    if (error instanceof ClonaulaError && error.result === 'deployCommand') return error
    throw error
  }
}

function faultOf(text: string): ClonaulaError {
  const fault = attempt(text)
  if (fault instanceof ClonaulaError) return fault
  throw new Error(`${text} is understood`, { cause: fault })
}
