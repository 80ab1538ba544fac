import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LineLog } from './line-log.ts'

let folder: string
let log: LineLog
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'line-log-'))
  log = new LineLog(join(folder, 'log'))
})
afterEach(async () => {
  await log.close()
  rmSync(folder, { recursive: true })
})

const name = (text: string): string | undefined => /^name=(.*)$/.exec(text)?.[1]

test('finds what is there already and what comes later', async () => {
  log.add({ at: 5, text: 'name=first' })
  expect(await log.find(0, name)).toEqual({ value: 'first', at: 5 })
  const later = log.find(6, name)
  log.add({ at: 7, text: 'name=second' })
  expect(await later).toEqual({ value: 'second', at: 7 })
})

test('lines of the start before do not count', async () => {
  log.add({ at: 5, text: 'name=old' })
  log.add({ at: 9, text: 'name=new' })
  expect((await log.find(6, name)).value).toBe('new')
})

test('the file has every line with its time', async () => {
  log.push(Buffer.from('one\ntwo\n'))
  await log.close()
  expect(readFileSync(join(folder, 'log'), 'utf8')).toMatch(/^ +\d+\.\d\d one\n +\d+\.\d\d two\n$/)
  log = new LineLog(join(folder, 'log'))
})
