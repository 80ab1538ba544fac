import { createHash, createPrivateKey, X509Certificate } from 'node:crypto'
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { consoleCertificate } from './certificate.ts'
import { defaultDataFolder, makeDataFolder } from './data-folder.ts'
import { createLog } from './log.ts'

let folder: string
beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-identity-')) })
afterEach(() => rmSync(folder, { recursive: true, force: true }))

describe('the console certificate', () => {
  test('is made once, EC P-256, for ten years, for the owner alone', async () => {
    const made = await consoleCertificate(folder)
    const certificate = new X509Certificate(made.cert)
    expect(certificate.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(new Date(certificate.validTo).getFullYear()).toBe(new Date().getFullYear() + 10)
    expect(made.fingerprint).toBe(createHash('sha256').update(certificate.raw).digest('hex'))
    expect(certificate.checkPrivateKey(createPrivateKey(made.key))).toBe(true)
    expect(statSync(join(folder, 'console.pem')).mode & 0o777).toBe(0o600)
    expect(await consoleCertificate(folder)).toEqual(made)
  })

  test('is not replaced behind the agents’ back when its file is damaged', async () => {
    await consoleCertificate(folder)
    const path = join(folder, 'console.pem')
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, 100))
    await expect(consoleCertificate(folder)).rejects.toThrow('console.pem')
  })
})

test.each([
  ['linux', {}, '/home/ana/.local/share/clonaula'],
  ['linux', { XDG_DATA_HOME: '/data' }, '/data/clonaula'],
  ['darwin', {}, '/home/ana/Library/Application Support/Clonaula'],
  ['linux', { CLONAULA_DATA: '/srv/c', XDG_DATA_HOME: '/data' }, '/srv/c'],
] as const)('the data folder on %s with %j', (platform, env, expected) => {
  expect(defaultDataFolder({ platform, env, home: '/home/ana' })).toBe(expected)
})

test('the data folder is made for its owner, and not used where everybody may write', () => {
  const made = join(folder, 'new')
  makeDataFolder(made)
  expect(statSync(made).mode & 0o777).toBe(0o700)
  makeDataFolder(made)
  chmodSync(made, 0o777)
  expect(() => makeDataFolder(made)).toThrow('everybody may write')
})

test('secrets stay out of the log, at every depth that records have', () => {
  let written = ''
  const log = createLog('info', new Writable({ write(chunk, _, done) { written += String(chunk); done() } }))
  log.info({ token: 'AAA', hello: { session: 'BBB', command: { token: 'CCC' } }, mac: '52:54:00:00:00:01' }, 'agent')
  expect(written).not.toMatch(/AAA|BBB|CCC/)
  expect(written).toContain('52:54:00:00:00:01')
})
