import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './run/run.ts'
import { ThreadPool } from './thread-pool.ts'

const DOUBLE = `
  const { parentPort, threadId } = require('node:worker_threads')
  parentPort.on('message', (number) => {
    if (number < 0) throw new RangeError('less than nothing')
    parentPort.postMessage({ twice: 2 * number, threadId })
  })
`

test.each([0, 1])('threads do not keep a process alive, with %i jobs done', async (jobs) => {
  const script = `
    import(${JSON.stringify(join(import.meta.dirname, 'thread-pool.ts'))}).then(async ({ ThreadPool }) => {
      const pool = new ThreadPool(${JSON.stringify(DOUBLE)}, 2)
      for (let at = 0; at < ${jobs}; at += 1) console.log((await pool.run(at)).twice)
    })
  `
  const { stdout } = await runCommand([process.execPath, '--eval', script], { timeout: 20_000 })
  expect(stdout.trim().split('\n').filter(Boolean)).toHaveLength(jobs)
}, 30_000)

test('jobs are spread over the threads, and each gets its own answer', async () => {
  const pool = new ThreadPool<number, { twice: number; threadId: number }>(DOUBLE, 2)
  const answers = await Promise.all([1, 2, 3, 4].map((number) => pool.run(number)))
  expect(answers.map(({ twice }) => twice)).toEqual([2, 4, 6, 8])
  expect(new Set(answers.map(({ threadId }) => threadId)).size).toBe(2)
})

test('a thread that dies fails its jobs, and not those that come later', async () => {
  const pool = new ThreadPool<number, { twice: number }>(DOUBLE, 1)
  const failing = await Promise.allSettled([pool.run(-1), pool.run(1)])
  expect(failing).toEqual([
    { status: 'rejected', reason: expect.objectContaining({ message: 'less than nothing' }) },
    { status: 'rejected', reason: expect.objectContaining({ message: 'less than nothing' }) },
  ])
  expect(await pool.run(21)).toMatchObject({ twice: 42 })
})
