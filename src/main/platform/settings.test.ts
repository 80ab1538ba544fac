import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadSettings, parseWebListen, saveSettings } from './settings.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-settings-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const write = (value: unknown): void => writeFileSync(join(folder, 'settings.json'), typeof value === 'string' ? value : JSON.stringify(value))

describe('settings', () => {
  test('without a file are the defaults', () => {
    expect(loadSettings(folder)).toEqual({
      language: 'es',
      ports: { agents: 7443, http: 7400, dhcp: 67, proxy: 4011, tftp: 69, peers: 6881 },
      dhcp: { mode: 'proxy' },
      engine: { noCache: 'UNICAST', fullCache: 'NONE' },
      transfers: { unicastClients: 16 },
      web: { listen: '127.0.0.1:7480', names: [] },
      logLevel: 'info',
    })
  })

  test('flags win over the file and leave the rest of it alone', () => {
    write({ language: 'en', web: { listen: 'off', names: ['console.example'] }, dhcp: { pool: { first: '10.0.0.10', last: '10.0.0.99' } } })
    const settings = loadSettings(folder, { dhcp: 'full', web: 'unix:/run/c.sock' })
    expect(settings.language).toBe('en')
    expect(settings.web).toEqual({ listen: 'unix:/run/c.sock', names: ['console.example'] })
    expect(settings.dhcp).toMatchObject({ mode: 'full', pool: { first: '10.0.0.10', lease: 3600 } })
  })

  test('a limit of the transfers that is a flag leaves the others as the file has them', () => {
    write({ transfers: { unicastSpeed: 200, unicastClients: 4 } })
    expect(loadSettings(folder, { unicastSpeed: 50 }).transfers).toEqual({ unicastSpeed: 50, unicastClients: 4 })
    expect(() => loadSettings(folder, { unicastClients: 0 })).toThrow('transfers.unicastClients')
  })

  test.each([
    [{ prots: {} }, 'prots'],
    [{ ports: { htpp: 1 } }, 'ports.htpp'],
    [{ ports: { http: 'x' } }, 'ports.http'],
    [{ ports: { http: 70_000 } }, 'ports.http'],
    [{ address: 'console' }, 'address'],
    [{ dhcp: { mode: 'full' } }, 'dhcp.pool'],
    [{ web: { listen: 'everywhere' } }, 'web.listen'],
    [{ language: 'fr' }, 'language'],
    ['{', 'settings.json'],
    [[], 'settings.json'],
  ])('%j names what is wrong', (value, named) => {
    write(value)
    expect(() => loadSettings(folder)).toThrow(named)
  })
})

describe('a language that is chosen', () => {
  test('is kept, and nothing else is changed', () => {
    write({ ports: { http: 8080 }, language: 'es' })
    saveSettings(folder, { language: 'en' })
    expect(JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'))).toEqual({ ports: { http: 8080 }, language: 'en' })
    expect(loadSettings(folder)).toMatchObject({ language: 'en', ports: { http: 8080 } })
  })

  test('is kept where there was no file, and refused where it is damaged', () => {
    saveSettings(folder, { language: 'en' })
    expect(loadSettings(folder).language).toBe('en')
    write('{')
    expect(() => saveSettings(folder, { language: 'es' })).toThrow('settings.json')
  })
})

describe('where the web console listens', () => {
  test.each([
    ['off', { kind: 'off' }],
    ['unix:/run/clonaula.sock', { kind: 'unix', path: '/run/clonaula.sock' }],
    ['127.0.0.1:7480', { kind: 'tcp', host: '127.0.0.1', port: 7480 }],
    ['[::1]:80', { kind: 'tcp', host: '::1', port: 80 }],
    ['unix:relative', undefined],
    ['127.0.0.1', undefined],
    ['127.0.0.1:99999', undefined],
    ['evil.example:80', undefined],
  ])('%s', (text, expected) => {
    expect(parseWebListen(text)).toEqual(expected)
  })
})
