import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withFolderLock } from './folder-lock.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'clonaula-lock-'))
})
afterEach(() => rm(folder, { recursive: true }))

const silent = () => {}

test('a second build waits for the first, and says so', async () => {
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} starts`)
    await sleep(50)
    events.push(`${name} ends`)
  }
  const first = withFolderLock(folder, silent, work('first'))
  await sleep(10)
  await Promise.all([first, withFolderLock(folder, (line) => events.push(line), work('second'))])
  expect(events).toEqual(['first starts', expect.stringContaining('waiting'), 'first ends', 'second starts', 'second ends'])
})

test('a failed build leaves no lock', async () => {
  await expect(withFolderLock(folder, silent, () => Promise.reject(new Error('no kernel')))).rejects.toThrow('no kernel')
  expect(existsSync(path.join(folder, 'lock'))).toBe(false)
})

test('the lock of a process that is gone is taken over', async () => {
  await writeFile(path.join(folder, 'lock'), String(spawnSync('true').pid))
  expect(await withFolderLock(folder, silent, () => Promise.resolve('built'))).toBe('built')
})
