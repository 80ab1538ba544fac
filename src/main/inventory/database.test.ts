import { expect, test } from 'vitest'
import { openDatabase, relaxed } from './database.ts'

/** As SQLite numbers them. */
const [NORMAL, FULL] = [1, 2]

test('only what is written relaxed does not wait for the disk, also when it fails', () => {
  const db = openDatabase(':memory:')
  const waits = (): unknown => db.pragma('synchronous', { simple: true })
  expect(waits()).toBe(FULL)
  expect(relaxed(db, waits)).toBe(NORMAL)
  expect(waits()).toBe(FULL)
  expect(() => relaxed(db, () => { throw new Error('full disk') })).toThrow('full disk')
  expect(waits()).toBe(FULL)
  db.close()
})

test('inside a transaction its own end decides', () => {
  const db = openDatabase(':memory:')
  const inside = db.transaction(() => relaxed(db, () => db.pragma('synchronous', { simple: true })))()
  expect(inside).toBe(FULL)
  db.close()
})
