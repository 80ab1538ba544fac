import { expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { resultSentence } from '#shared/i18n/index.ts'
import { portError, type Endpoint } from './port-error.ts'

const endpoint: Endpoint = { protocol: 'UDP', address: '10.77.0.1', port: 69 }
const system = (code: string): Error => Object.assign(new Error(`bind ${code} 10.77.0.1:69`), { code })

test.each([
  ['EADDRINUSE', 'portTaken', { protocol: 'UDP', port: 69, command: 'sudo ss -ulpn sport = :69' }],
  ['EACCES', 'portNotPermitted', { protocol: 'UDP', port: 69, command: 'sudo sysctl net.ipv4.ip_unprivileged_port_start=67' }],
  ['EPERM', 'portNotPermitted', { protocol: 'UDP', port: 69, command: 'sudo sysctl net.ipv4.ip_unprivileged_port_start=67' }],
  ['EADDRNOTAVAIL', 'networkMissing', { wanted: '10.77.0.1' }],
  ['EIO', 'generic', { problem: 'UDP 10.77.0.1:69, EIO' }],
])('%s is %s', (code, result, params) => {
  const cause = system(code)
  expect(portError(cause, endpoint, 'linux')).toMatchObject({ result, params, cause })
})

test('where ss and sysctl are not, nobody is told to run them', () => {
  expect(portError(system('EADDRINUSE'), endpoint, 'win32').params).toEqual({ protocol: 'UDP', port: 69 })
  expect(portError(system('EACCES'), endpoint, 'darwin').params).toEqual({ protocol: 'UDP', port: 69 })
})

test('a TCP port is looked for among those, and a lower one is permitted whole', () => {
  const web: Endpoint = { protocol: 'TCP', address: '10.77.0.1', port: 25 }
  expect(portError(system('EADDRINUSE'), web, 'linux').params).toMatchObject({ command: 'sudo ss -tlpn sport = :25' })
  expect(portError(system('EACCES'), web, 'linux').params).toMatchObject({ command: 'sudo sysctl net.ipv4.ip_unprivileged_port_start=25' })
})

test('what is explained already stays as it is; what is no error of the system’s is shown', () => {
  const known = new ClonaulaError('noNetwork', 'no card')
  expect(portError(known, endpoint)).toBe(known)
  expect(portError('odd', endpoint)).toMatchObject({ result: 'generic', params: { problem: 'UDP 10.77.0.1:69' } })
})

test('the sentences say which port and how to mend it, in either language', () => {
  const sentence = (code: string, language: 'es' | 'en'): string => {
    const { result, params } = portError(system(code), endpoint, 'linux')
    return resultSentence(language, result, params)
  }
  expect(sentence('EADDRINUSE', 'es')).toBe('Otro programa usa el puerto UDP 69; «sudo ss -ulpn sport = :69» dice cuál. Ciérrelo y reintente.')
  expect(sentence('EACCES', 'es')).toBe('El sistema no deja a la consola abrir el puerto UDP 69. Iníciela como administrador, o permítaselo con «sudo sysctl net.ipv4.ip_unprivileged_port_start=67», y reintente.')
  expect(sentence('EADDRNOTAVAIL', 'en')).toBe('No network card has 10.77.0.1. Plug in the cable, or choose another in the settings, and try again.')
})
