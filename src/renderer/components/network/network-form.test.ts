import { describe, expect, test } from 'vitest'
import { defaultNetworkProperties } from '#shared/domain/classroom.ts'
import { fromTexts, toTexts, type NetworkField } from './network-form.ts'

const texts = toTexts(defaultNetworkProperties)

describe('network properties as a form', () => {
  test('there and back', () => {
    const properties = { ...defaultNetworkProperties, dns: ['10.0.0.1', '10.0.0.2'], router: '10.0.0.254', p2pMode: 'seeder' as const }
    expect(fromTexts(toTexts(properties))).toEqual({ properties })
  })

  test.each<[NetworkField, string]>([
    ['router', '10.0.0'], ['netmask', 'x'], ['dns', '10.0.0.1, nine'], ['dns', '1.1.1.1 1.1.1.2 1.1.1.3 1.1.1.4 1.1.1.5'],
    ['multicastAddress', '10.0.0.1'], ['multicastPort', '9001'], ['multicastPort', ''], ['multicastSpeed', '0'], ['maxClients', '1.5'],
    ['maxWait', 'soon'], ['p2pTime', '-1'],
  ])('%s cannot be %o', (field, text) => {
    expect(fromTexts({ ...texts, [field]: text })).toEqual({ wrong: new Set([field]) })
  })

  test('every wrong field is named', () => {
    expect(fromTexts({ ...texts, router: 'x', maxWait: '' })).toEqual({ wrong: new Set(['router', 'maxWait']) })
  })

  test('addresses may be separated by commas, spaces or both', () => {
    const result = fromTexts({ ...texts, dns: '10.0.0.1,10.0.0.2  10.0.0.3' })
    expect('properties' in result && result.properties.dns).toEqual(['10.0.0.1', '10.0.0.2', '10.0.0.3'])
  })
})
