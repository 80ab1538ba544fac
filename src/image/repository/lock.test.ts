import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { RepositoryLock } from './lock.ts'

let folder: string
const taken: RepositoryLock[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-lock-'))
})
afterEach(async () => {
  for (const lock of taken.splice(0)) await lock.release()
  await rm(folder, { recursive: true, force: true })
})

async function take(kind: 'shared' | 'exclusive'): Promise<RepositoryLock> {
  const lock = await RepositoryLock.take(folder, kind, 0)
  taken.push(lock)
  return lock
}
const locked = expect.objectContaining({ name: 'ClonaulaError', code: 4 })

test('those who add may be many; who takes away is alone', async () => {
  const first = await take('shared')
  const second = await take('shared')
  await expect(take('exclusive')).rejects.toThrow(locked)
  await first.release()
  await expect(take('exclusive')).rejects.toThrow(locked)
  await second.release()
  const alone = await take('exclusive')
  await expect(take('shared')).rejects.toThrow(locked)
  await expect(take('exclusive')).rejects.toThrow(locked)
  await alone.release()
  await take('shared')
  expect(await readdir(folder)).toHaveLength(1)
})

test('somebody in the way is waited for', async () => {
  const first = await take('shared')
  const second = RepositoryLock.take(folder, 'exclusive', 5000)
  await first.release()
  taken.push(await second)
  expect(await readdir(folder)).toHaveLength(1)
})

test('of many at a time, one is alone', async () => {
  const all = await Promise.allSettled(Array.from({ length: 8 }, () => RepositoryLock.take(folder, 'exclusive', 1500)))
  const winners = all.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
  taken.push(...winners)
  expect(winners.length).toBeLessThanOrEqual(1)
  expect(await readdir(folder)).toHaveLength(winners.length)
})

/** Makes somebody else's lock: the fields of its name are kind, host, machine, boot, pid and start. */
async function forge(changes: Partial<Record<'host' | 'machine' | 'boot' | 'pid' | 'started', string>>): Promise<string> {
  const mine = await take('shared')
  const [name] = await readdir(folder)
  await mine.release()
  const [kind, host, machine, boot, pid, started] = name!.split(',')
  const path = join(folder, [kind, ...Object.values({ host, machine, boot, pid, started, ...changes }), '00000000'].join(','))
  await writeFile(path, '')
  return path
}

test('what the dead left is nobody’s', async () => {
  const child = spawn(process.execPath, ['-e', 'process.stdin.resume()'])
  await new Promise((resolve) => {
    child.once('spawn', resolve)
  })
  const gone = new Promise((resolve) => {
    child.once('exit', resolve)
  })
  await forge({ pid: String(child.pid), started: (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(' ')[21]! })
  await expect(take('exclusive')).rejects.toThrow(locked)
  child.kill('SIGKILL')
  await gone
  await take('exclusive')
  expect(await readdir(folder)).toHaveLength(1)
})

test.each([
  ['of before the last start', { boot: 'another' }],
  ['of a process whose number is another one’s now', { started: '1' }],
])('a lock %s is nobody’s', async (_, changes) => {
  const path = await forge(changes)
  await take('exclusive')
  expect(await readdir(folder)).not.toContain(basename(path))
})

test('the lock of another host holds while it gives signs of life', async () => {
  const path = await forge({ host: 'elsewhere', pid: '1', boot: 'another' })
  await expect(take('exclusive')).rejects.toMatchObject({ params: { holder: 'elsewhere, pid 1' } })
  const longAgo = new Date(Date.now() - 11 * 60_000)
  await utimes(path, longAgo, longAgo)
  await take('exclusive')
})

test('files that are no locks keep nobody away', async () => {
  await writeFile(join(folder, 'shared,host'), '')
  await writeFile(join(folder, 'notes.txt'), 'hello')
  await take('exclusive')
  expect(await readdir(folder)).toHaveLength(3)
})
