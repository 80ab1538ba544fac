import { describe, expect, test } from 'vitest'
import { findingsEn } from './findings.en.ts'
import { findingsEs } from './findings.es.ts'
import {
  cacheRoomText, estimateText, findingSentence, formatBytes, formatLinkSpeed, formatMegabytes, formatRate, formatSeconds, methodUseText, networkWords, resultSentence, spaceText,
} from './index.ts'
import { resultsEn } from './results.en.ts'
import { resultsEs } from './results.es.ts'
import { FINDINGS, type FindingName } from '../domain/finding.ts'
import { RESULT } from '../domain/result-codes.ts'

const placeholders = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, key]) => key ?? '').sort()

describe('result sentences', () => {
  test.each(Object.keys(RESULT) as (keyof typeof RESULT)[])('%s takes the same values in both languages', (name) => {
    expect(placeholders(resultsEs[name])).toEqual(placeholders(resultsEn[name]))
    expect(resultsEs[name]).toMatch(/[.»]$/)
    expect(resultsEs[name]).not.toBe(resultsEn[name])
  })

  test('fills what is known and leaves out the parts that are not', () => {
    expect(resultSentence('en', 'partitionTooSmall', { target: '/dev/sda2', needed: '4 GB', available: '2 GB' })).toBe(
      'The destination /dev/sda2 is too small: the image needs 4 GB and it has 2 GB. Choose a larger one.',
    )
    expect(resultSentence('es', 'partitionTooSmall')).toBe('El destino es demasiado pequeño. Elija uno mayor.')
  })

  test('shows sizes that come as numbers of bytes in the reader’s own way', () => {
    const sizes = { needed: 4_200_000_000, available: 2_000_000_000 }
    expect(resultSentence('es', 'diskTooSmall', sizes)).toContain('necesita 4,2 GB y tiene 2 GB')
  })

  test('names what was expected in the reader’s own words, and leaves alone what has to be written so', () => {
    const sentence = (language: 'es' | 'en', expected: string) => resultSentence(language, 'deployCommand', { line: 1, column: 1, expected })
    expect(sentence('es', '/IMAGE[@REVISION][:VOLUME]')).toContain('se espera /IMAGEN[@REVISIÓN][:VOLUMEN].')
    expect(sentence('en', 'IMAGE[@REVISION][:VOLUME]')).toContain('expected: IMAGE[@REVISION][:VOLUME].')
    expect(sentence('es', 'TORRENT, MULTICAST, UNICAST')).toContain('se espera TORRENT, MULTICAST, UNICAST.')
  })

  test('starts with a capital when its first part is missing', () => {
    expect(resultSentence('es', 'notFound')).toMatch(/^No se encuentra/)
  })

  test('a code of a newer version reads as a generic failure', () => {
    expect(resultSentence('en', 9999)).toMatch(/^Something failed/)
  })
})

describe('findings', () => {
  test.each(Object.keys(FINDINGS) as FindingName[])('%s takes the same values in both languages', (name) => {
    expect(placeholders(findingsEs[name])).toEqual(placeholders(findingsEn[name]))
    expect(findingsEs[name]).not.toBe(findingsEn[name])
  })

  test('one about a service says what is wrong with it, too', () => {
    const finding = { name: 'serviceDown', level: 'problem', params: { service: 'tftp', code: RESULT.portTaken, port: 69, protocol: 'UDP' } } as const
    expect(findingSentence('en', finding)).toMatch(/^A service of the console is down \(tftp\)\. .*69/)
  })
})

describe('figures', () => {
  test.each([[0, '0 B'], [999, '999 B'], [1500, '1.5 KB'], [12_400_000, '12.4 MB'], [512_000_000, '512 MB'], [4_000_000_000_000, '4 TB']])(
    '%d bytes', (bytes, text) => expect(formatBytes(bytes, 'en')).toBe(text))
  test('Spanish has a decimal comma', () => expect(formatRate(1_500_000, 'es')).toBe('1,5 MB/s'))
  test('whole megabytes, however many', () => expect([formatMegabytes(12_345_678_901, 'en'), formatMegabytes(999_999, 'es')]).toEqual(['12,345 MB', '0 MB']))
  test.each([[0, '0 s'], [59.4, '59 s'], [75, '1 min 15 s'], [3700, '1 h 01 min']])('%d seconds', (s, text) => expect(formatSeconds(s)).toBe(text))
})

describe('how a restore gets its data', () => {
  test.each([
    [{ method: 'UNICAST-CACHE' }, 'UNICAST-CACHE'],
    [{ method: 'UNICAST-CACHE', cached: true }, 'UNICAST-CACHE (ya está en la CACHE)'],
    [{ method: 'UNICAST-DIRECT', changed: 'noCache' }, 'UNICAST-DIRECT (no tiene CACHE)'],
    [{ method: 'TORRENT-CACHE', makeRoom: 'DELETE' }, 'TORRENT-CACHE (borrando antes otras imágenes de la CACHE)'],
  ] as const)('%o', (use, text) => expect(methodUseText('es', use)).toBe(text))
})

describe('the room of a restore', () => {
  const GB = 1e9
  test.each([
    [{ missing: 3.1 * GB, free: 20 * GB }, 'needs 3.1 GB, 20 GB free', 'necesita 3,1 GB, libres 20 GB'],
    [{ missing: 0, free: 0 }, 'all 3.1 GB are there', 'ya están los 3,1 GB'],
    [{ missing: 3.1 * GB, free: GB }, 'needs 3.1 GB, 1 GB free: room is made', 'necesita 3,1 GB, libres 1 GB: se hará sitio'],
    [{ missing: 2 * GB, free: GB, size: 3 * GB }, 'needs 3.1 GB, has 3 GB in all', 'necesita 3,1 GB, tiene en total 3 GB'],
  ])('CACHE: %j', (facts, en, es) => {
    const cache = { size: 40 * GB, image: 3.1 * GB, ...facts }
    expect([cacheRoomText('en', cache), cacheRoomText('es', cache)]).toEqual([en, es])
  })

  test('destination', () => {
    const space = { needed: 12.3 * GB, available: 40 * GB }
    expect([spaceText('en', space), spaceText('es', space)]).toEqual(['12.3 GB of 40 GB', '12,3 GB de 40 GB'])
  })
})

describe('estimates', () => {
  test.each([
    [3, 'about 5 s', '5 s o más'],
    [59, 'about 1 min', '1 min o más'],
    [100, 'about 2 min', '2 min o más'],
    [3500, 'about 58 min', '58 min o más'],
    [3590, 'about 1 h 00 min', '1 h 00 min o más'],
    [5000, 'about 1 h 23 min', '1 h 23 min o más'],
  ])('%i s', (seconds, about, atLeast) => {
    expect(estimateText('en', { seconds, basis: 'history' })).toBe(about)
    expect(estimateText('es', { seconds, basis: 'network' })).toBe(atLeast)
  })

  test('links are said as they are sold', () => {
    expect([formatLinkSpeed(100, 'es'), formatLinkSpeed(1000, 'es'), formatLinkSpeed(2500, 'es'), formatLinkSpeed(2500, 'en')])
      .toEqual(['100 Mbit/s', '1 Gbit/s', '2,5 Gbit/s', '2.5 Gbit/s'])
  })
})

describe('what a transfer looks like', () => {
  test.each([
    [{ received: 5e6 }, 'receives 5 MB/s', 'recibe 5 MB/s'],
    [{ received: 0, sent: 0, peers: 0, seeds: 0 }, 'receives 0 B/s · sends 0 B/s · from nobody', 'recibe 0 B/s · envía 0 B/s · de nadie'],
    [{ received: 0, peers: 1, seeds: 1 }, 'receives 0 B/s · from 1 computer (1 with all)', 'recibe 0 B/s · de 1 equipo (1 con todo)'],
    [{ received: 0, lost: 0, repaired: 0, unicast: 0 }, 'receives 0 B/s', 'recibe 0 B/s'],
    [{ received: 0, lost: 1, unicast: 2e6 }, 'receives 0 B/s · 1 packet lost · 2 MB by unicast', 'recibe 0 B/s · 1 paquete perdido · 2 MB por unicast'],
    [{ received: 0, lost: 1, repaired: 1 }, 'receives 0 B/s · 1 packet lost, 1 repaired', 'recibe 0 B/s · 1 paquete perdido, 1 repuesto'],
  ])('%j', (figures, en, es) => {
    expect([networkWords('en', figures).join(' · '), networkWords('es', figures).join(' · ')]).toEqual([en, es])
  })
})
