import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { OpenFiles } from './open-files.ts'

let folder: string
let files: OpenFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-files-'))
  await writeFile(join(folder, 'one'), 'abc')
  files = new OpenFiles()
})
afterEach(async () => {
  vi.useRealTimers()
  await files.close()
  await rm(folder, { recursive: true, force: true })
})

const length = (name: string): Promise<number> => files.use(join(folder, name), 'read', async (handle) => (await handle.stat()).size)

test('closed files are not opened again by what was under way', async () => {
  const { promise: held, resolve } = Promise.withResolvers<void>()
  let isClosed = false
  const first = files.use(join(folder, 'one'), 'read', () => held)
  const closing = files.close().then(() => { isClosed = true })
  await expect(length('one')).rejects.toMatchObject({ name: 'AbortError' })
  expect(isClosed).toBe(false)
  resolve()
  await Promise.all([first, closing])
  await expect(length('one')).rejects.toMatchObject({ name: 'AbortError' })
})

test('files that are closed for a while are opened again', async () => {
  expect(await length('one')).toBe(3)
  const resume = await files.pause()
  const waiting = length('one')
  resume()
  expect(await waiting).toBe(3)
})

/** Whether this process has a file open. */
async function isOpen(name: string): Promise<boolean> {
  const links = await Promise.all((await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')))
  return links.includes(join(folder, name))
}

const fakeTime = (): unknown => vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })

test('a file that nobody has used for a while is closed, and opened again when somebody does', async () => {
  fakeTime()
  await writeFile(join(folder, 'two'), 'ab')
  await Promise.all([length('one'), length('two')])
  vi.advanceTimersByTime(20_000)
  await length('two')
  vi.advanceTimersByTime(20_000)
  while (await isOpen('one')) await turn()
  expect(await isOpen('two')).toBe(true)
  expect(await length('one')).toBe(3)
  vi.advanceTimersByTime(100_000)
  while (await isOpen('one') || await isOpen('two')) await turn()
  expect(vi.getTimerCount()).toBe(0)
})

test('a file stays open for as long as it is in use', async () => {
  fakeTime()
  const { promise: held, resolve } = Promise.withResolvers<void>()
  const long = files.use(join(folder, 'one'), 'read', async (handle) => {
    await held
    return (await handle.stat()).size
  })
  await length('one')
  vi.advanceTimersByTime(100_000)
  resolve()
  expect(await long).toBe(3)
})

test('nothing is left to be closed, or waited for, after they were closed for good', async () => {
  fakeTime()
  await length('one')
  await files.close()
  expect([await isOpen('one'), vi.getTimerCount()]).toEqual([false, 0])
})
