import { describe, expect, test } from 'vitest'
import { parseArguments, parseCommandLine } from './parameters.ts'

const key = 'ab'.repeat(32)
const token = 't'.repeat(43)

describe('parseCommandLine', () => {
  test('reads what the boot script wrote', () => {
    const text = `quiet clonaula.console=wss://10.77.0.1:8443 clonaula.key=${key.toUpperCase()} clonaula.token=${token} BOOTIF=01-52-54-00-77-00-01 ro\n`
    expect(parseCommandLine(text)).toEqual({
      console: { host: '10.77.0.1', port: 8443, key }, token, mac: '52:54:00:77:00:01', disks: [], state: '/run/clonaula', booted: true,
    })
  })

  test('takes an IPv6 console', () => {
    expect(parseCommandLine(`clonaula.console=wss://[fd00::1]:8443 clonaula.key=${key}`).console.host).toBe('fd00::1')
  })

  test.each([
    ['console', `clonaula.key=${key}`],
    ['console', `clonaula.console=ws://10.0.0.1:80 clonaula.key=${key}`],
    ['console', `clonaula.console=wss://10.0.0.1 clonaula.key=${key}`],
    ['key', 'clonaula.console=wss://10.0.0.1:8443 clonaula.key=abc'],
    ['token', `clonaula.console=wss://10.0.0.1:8443 clonaula.key=${key} clonaula.token=short`],
    ['mac', `clonaula.console=wss://10.0.0.1:8443 clonaula.key=${key} BOOTIF=01-52-54`],
  ])('says that %s is wrong in "%s"', (what, text) => {
    expect(() => parseCommandLine(text)).toThrow(new RegExp(`^${what}:`))
  })
})

describe('parseArguments', () => {
  test('reads them all', () => {
    const args = ['--console', 'wss://127.0.0.1:1234', '--key', key, '--token', token, '--mac', '52-54-00-77-00-01',
      '--disks', '/dev/loop0,/dev/loop1', '--state', '/tmp/x']
    expect(parseArguments(args)).toEqual({
      console: { host: '127.0.0.1', port: 1234, key }, token, mac: '52:54:00:77:00:01',
      disks: ['/dev/loop0', '/dev/loop1'], state: '/tmp/x', booted: false,
    })
  })

  test('refuses what it does not know', () => {
    expect(() => parseArguments(['--console', 'wss://127.0.0.1:1234', '--key', key, '--disk', '/dev/sda'])).toThrow('--disk')
  })
})
