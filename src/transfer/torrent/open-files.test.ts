import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { OpenFiles } from './open-files.ts'

let folder: string
let files: OpenFiles
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-files-'))
  await writeFile(join(folder, 'one'), 'abc')
  files = new OpenFiles()
})
afterEach(async () => {
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
