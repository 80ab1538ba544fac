import { EventEmitter } from 'node:events'
import { mkdtemp, readdir, readlink, rm, writeFile } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { sendFile, type SendTurns } from './send-file.ts'

const CONTENT = Buffer.from('turn by turn')

let folder: string
let path: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-send-'))
  path = join(folder, 'pack')
  await writeFile(path, CONTENT)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** An answer that keeps what is written. */
class Answer extends EventEmitter {
  readonly written: Buffer[] = []
  isEnded = false
  setTimeout(): void { /* nobody gives up */ }
  write(bytes: Buffer, done: () => void): void {
    this.written.push(Buffer.from(bytes))
    setImmediate(done)
  }
  end(): void { this.isEnded = true }
}

/** Turns of four bytes that the test gives. */
class GivenTurns implements SendTurns {
  readonly slice = 4
  readonly #waiting: (() => void)[] = []
  take(_client: string, _bytes: number, signal: AbortSignal): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>()
    signal.addEventListener('abort', () => reject(signal.reason))
    this.#waiting.push(() => resolve(() => undefined))
    return promise
  }
  /** Once somebody waits. */
  async give(): Promise<void> {
    await vi.waitUntil(() => this.#waiting.length === 1)
    this.#waiting.shift()?.()
  }
}

/** How often this process has the file open. */
async function descriptors(): Promise<number> {
  const names = await readdir('/proc/self/fd')
  const targets = await Promise.all(names.map((name) => readlink(join('/proc/self/fd', name)).catch(() => '')))
  return targets.filter((target) => target === path).length
}

function send(turns: SendTurns): { answer: Answer; sent: Promise<void> } {
  const answer = new Answer()
  return { answer, sent: sendFile(answer as unknown as ServerResponse, { path, start: 1, end: CONTENT.length, client: 'pc', turns }) }
}

test('sends a part of a file turn by turn, and has it open in its turns alone', async () => {
  const turns = new GivenTurns()
  const { answer, sent } = send(turns)
  for (let given = 0; given < 3; given += 1) {
    await expect.poll(() => answer.written.length).toBe(given)
    expect(await descriptors()).toBe(0)
    await turns.give()
  }
  await sent
  expect(Buffer.concat(answer.written)).toEqual(CONTENT.subarray(1))
  expect([answer.isEnded, await descriptors()]).toEqual([true, 0])
})

test('whoever goes while it waits leaves nothing open', async () => {
  const turns = new GivenTurns()
  const { answer, sent } = send(turns)
  await turns.give()
  await expect.poll(() => answer.written.length).toBe(1)
  answer.emit('close')
  await expect(sent).rejects.toThrow('aborted')
  expect(await descriptors()).toBe(0)
})

test('a file that became shorter is not answered as if it were whole', async () => {
  const turns = new GivenTurns()
  const { answer, sent } = send(turns)
  await turns.give()
  await expect.poll(() => answer.written.length).toBe(1)
  await writeFile(path, CONTENT.subarray(0, 3))
  await turns.give()
  await expect(sent).rejects.toMatchObject({ result: 'corruptImage' })
  expect(answer.isEnded).toBe(false)
})
