import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createDoorkeeper } from './login.ts'
import { createLoginThrottle } from './login-throttle.ts'
import { hashPassword, verifyPassword } from './passwords.ts'
import { createSessions, SESSION_IDLE, START_TOKEN_LIFE } from './sessions.ts'
import { openUsers } from './users.ts'

describe('passwords', () => {
  test('are kept as salted hashes that only they open', async () => {
    const [one, two] = await Promise.all([hashPassword('contraseña larga'), hashPassword('contraseña larga')])
    expect(one).not.toBe(two)
    expect(await verifyPassword('contraseña larga', one)).toBe(true)
    expect(await verifyPassword('contrasen\u0303a larga', one)).toBe(true)
    expect(await verifyPassword('contraseña larg', one)).toBe(false)
    expect(await verifyPassword('', 'scrypt$broken')).toBe(false)
  })
})

describe('sessions', () => {
  const session = { caller: { name: 'ana', role: 'viewer' as const }, stillValid: () => true }

  test('end when nobody has used them for long', () => {
    let now = 0
    const sessions = createSessions(() => now)
    const secret = sessions.begin(session)
    now += SESSION_IDLE - 1
    expect(sessions.find(secret)).toBe(session)
    now += SESSION_IDLE - 1
    expect(sessions.find(secret)).toBe(session)
    now += SESSION_IDLE
    expect(sessions.find(secret)).toBeUndefined()
  })

  test('end when what they rest on does', () => {
    let valid = true
    const sessions = createSessions()
    const secret = sessions.begin({ ...session, stillValid: () => valid })
    valid = false
    expect(sessions.find(secret)).toBeUndefined()
    valid = true
    expect(sessions.find(secret)).toBeUndefined()
  })

  test('start tokens work once and not for ever', () => {
    let now = 0
    const sessions = createSessions(() => now)
    const [first, second] = [sessions.issueStartToken(), sessions.issueStartToken()]
    expect([sessions.redeem(first), sessions.redeem(first)]).toEqual([true, false])
    now += START_TOKEN_LIFE
    expect(sessions.redeem(second)).toBe(false)
  })
})

test('whoever guesses waits longer each time, and alone', () => {
  let now = 0
  const throttle = createLoginThrottle(() => now)
  const waits: number[] = []
  for (let failure = 0; failure < 8; failure += 1) {
    throttle.failed('10.0.0.1')
    waits.push(throttle.wait('10.0.0.1'))
  }
  expect(waits).toEqual([0, 0, 0, 0, 1000, 2000, 4000, 8000])
  expect(throttle.wait('10.0.0.2')).toBe(0)
  now += 8000
  expect(throttle.wait('10.0.0.1')).toBe(0)
  throttle.succeeded('10.0.0.1')
  throttle.failed('10.0.0.1')
  expect(throttle.wait('10.0.0.1')).toBe(0)
})

test('nobody waits longer than five minutes, and a quarter of an hour forgives', () => {
  let now = 0
  const throttle = createLoginThrottle(() => now)
  for (let failure = 0; failure < 30; failure += 1) throttle.failed('10.0.0.1')
  expect(throttle.wait('10.0.0.1')).toBe(300_000)
  now += 900_000
  throttle.failed('10.0.0.1')
  expect(throttle.wait('10.0.0.1')).toBe(0)
})

test('guessing start tokens is slowed down too, and does not push out the audit log', async () => {
  const audited: string[] = []
  const users = { ...openUsers('/nowhere'), list: () => [] }
  const doorkeeper = createDoorkeeper({ users, audit: { add: (_, action) => void audited.push(action) } })
  const results = []
  for (let guess = 0; guess < 100; guess += 1) results.push(await doorkeeper.login({ token: 'T'.repeat(43) }, '10.0.0.1'))
  expect(results.filter((result) => !result.ok && result.why === 'tooMany')).toHaveLength(95)
  expect(audited).toEqual(Array.from({ length: 5 }, () => 'login-failed'))
  expect(await doorkeeper.login({ token: doorkeeper.issueStartToken() }, '10.0.0.2')).toMatchObject({ ok: true })
})

describe('users', () => {
  let folder: string
  beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'clonaula-users-')) })
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  test('are kept in a file of their own that holds no password', async () => {
    await openUsers(folder).set('Ana', 'a long password', 'administrator')
    const file = join(folder, 'users.json')
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(file, 'utf8')).not.toContain('a long password')
    expect(await openUsers(folder).verify('ana', 'a long password')).toMatchObject({ name: 'Ana', role: 'administrator' })
    expect(await openUsers(folder).verify('ana', 'another password')).toBeUndefined()
  })

  test('get another role and keep their password; who is new needs one', async () => {
    const users = openUsers(folder)
    const { createdAt } = await users.set('ana', 'a long password', 'viewer')
    expect(await users.set('ana', undefined, 'technician')).toMatchObject({ name: 'ana', role: 'technician', createdAt })
    expect(await users.verify('ana', 'a long password')).toMatchObject({ role: 'technician' })
    await expect(users.set('lola', undefined, 'viewer')).rejects.toMatchObject({ result: 'invalidRequest' })
    await expect(users.set('ana', 'short', 'viewer')).rejects.toMatchObject({ result: 'invalidRequest' })
    expect(users.list()).toHaveLength(1)
  })

  test('are changed and removed by name', async () => {
    const users = openUsers(folder)
    await users.set('ana', 'a long password', 'viewer')
    await users.set('ANA', 'another password', 'technician')
    expect(users.list()).toMatchObject([{ name: 'ANA', role: 'technician' }])
    users.remove('ana')
    expect(users.list()).toEqual([])
    expect(() => users.remove('ana')).toThrow('no user ana')
  })

  test.each([['', 'a long password'], ['ana', 'short'], ['a/b', 'a long password'], ['-ana', 'a long password']])(
    'cannot be called %j with %j', async (name, password) => {
      await expect(openUsers(folder).set(name, password, 'viewer')).rejects.toMatchObject({ result: 'invalidRequest' })
    },
  )
})
