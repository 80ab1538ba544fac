import BetterSqlite from 'better-sqlite3'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { hardware, mac } from '../../../tests/support/hardware.ts'
import { openDatabase } from './database.ts'
import { openInventory } from './index.ts'
import { migrate, NewerInventoryError, schemaVersion } from './migrate.ts'
import { MIGRATIONS } from './migrations/index.ts'
import type { Migration } from './migrations/migration.ts'

const people: Migration = { version: 1, up: 'CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT' }
const pets: Migration = {
  version: 2, up: 'CREATE TABLE pets (owner INTEGER NOT NULL REFERENCES people (id)) STRICT; INSERT INTO pets SELECT id FROM people',
}

let folder: string
let file: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'clonaula-inventory-'))
  file = join(folder, 'inventory.db')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const open = (): BetterSqlite.Database => new BetterSqlite(file)

/** A database of version 1 with somebody in it. */
function withPeople(): void {
  const db = open()
  migrate(db, [people])
  db.exec(`INSERT INTO people (name) VALUES ('Ana')`)
  db.close()
}

describe('migrate', () => {
  test('applies what is missing, on the data that is there, and keeps a copy of how it was', () => {
    withPeople()
    const db = open()
    migrate(db, [people, pets])
    expect(schemaVersion(db)).toBe(2)
    expect(db.prepare('SELECT owner FROM pets').all()).toEqual([{ owner: 1 }])
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    db.close()
    const copy = new BetterSqlite(`${file}.v1.bak`, { readonly: true })
    expect(schemaVersion(copy)).toBe(1)
    expect(copy.prepare('SELECT name FROM people').all()).toEqual([{ name: 'Ana' }])
    copy.close()
  })

  test('does nothing, and copies nothing, when nothing is missing', () => {
    withPeople()
    const db = open()
    migrate(db, [people])
    db.close()
    expect(existsSync(`${file}.v1.bak`)).toBe(false)
  })

  test.each([
    ['fails halfway', 'CREATE TABLE half (id INTEGER) STRICT; INSERT INTO nowhere VALUES (1)', 'no such table'],
    ['breaks a reference', 'CREATE TABLE half (owner INTEGER REFERENCES people (id)) STRICT; INSERT INTO half VALUES (99)', 'broken references'],
  ])('leaves the version before when a migration %s', (_, up, problem) => {
    withPeople()
    const db = open()
    expect(() => migrate(db, [people, { version: 2, up }])).toThrow(problem)
    expect(schemaVersion(db)).toBe(1)
    expect(db.prepare(`SELECT name FROM sqlite_master WHERE name = 'half'`).all()).toEqual([])
    expect(db.pragma('foreign_keys', { simple: true })).toBe(1)
    db.close()
  })

  test('leaves the file of a newer version alone, and says what to do', () => {
    const db = open()
    db.pragma('user_version = 99')
    db.close()
    const before = statSync(file).size
    expect(() => openDatabase(file)).toThrow(NewerInventoryError)
    expect(() => openDatabase(file)).toThrow(/newer version of Clonaula .*99/)
    expect(statSync(file).size).toBe(before)
  })
})

describe('the inventory’s own migrations', () => {
  test('are numbered from 1 without gaps', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1))
  })

  test('make the schema that is written down', async () => {
    const db = openDatabase(':memory:')
    const schema = db.prepare<[], { sql: string }>(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%' ORDER BY type DESC, name`)
    await expect(`${schema.all().map(({ sql }) => `${sql};`).join('\n\n')}\n`).toMatchFileSnapshot('schema.sql')
    db.close()
  })

  test('tokens of operations that run through an update keep their rights', () => {
    const db = open()
    migrate(db, MIGRATIONS.slice(0, 5))
    db.pragma('foreign_keys = OFF')
    db.exec(`INSERT INTO access_tokens (hash, operation_id, write) VALUES (x'01', 1, 0), (x'02', 2, 1)`)
    db.exec(`INSERT INTO operations (id, computer_id, computer_name, state, task, requested_by, created_at)
      VALUES (1, 1, 'pc', 'running', '{}', '', 0), (2, 1, 'pc', 'queued', '{}', '', 0)`)
    migrate(db)
    expect(db.prepare('SELECT read, write FROM access_tokens ORDER BY hash').all()).toEqual([{ read: 1, write: 0 }, { read: 0, write: 1 }])
    db.close()
  })

  test('every column of every table has a type that SQLite checks', () => {
    const db = openDatabase(':memory:')
    const tables = db.pragma('table_list') as { name: string; strict: number }[]
    expect(tables.filter(({ name, strict }) => !name.startsWith('sqlite_') && strict === 0)).toEqual([])
    db.close()
  })
})

describe('the file', () => {
  test('is its owner’s alone, in WAL mode, and there again tomorrow', () => {
    const first = openInventory(file)
    const [room] = first.tree.classrooms()
    const { id } = first.computers.create({ classroomId: room!.id, name: 'pc-1', macs: [mac(1)] })
    first.hardware.put(id, hardware(mac(1)))
    expect(existsSync(`${file}-wal`)).toBe(true)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    first.close()
    const second = openInventory(file)
    expect(second.tree.classrooms()).toHaveLength(1)
    expect(second.computers.list()).toMatchObject([{ name: 'pc-1', macs: [mac(1)], hardware: hardware(mac(1)) }])
    second.close()
  })
})
