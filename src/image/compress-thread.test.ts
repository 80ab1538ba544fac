import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCommand } from './run/run.ts'

test.each([0, 1])('threads do not keep a process alive, with %i frames made', async (frames) => {
  const script = `
    import(${JSON.stringify(join(import.meta.dirname, 'compress-thread.ts'))}).then(async ({ CompressThread }) => {
      const threads = [new CompressThread(), new CompressThread()]
      const buffers = { plain: new SharedArrayBuffer(5000), frame: new SharedArrayBuffer(5000) }
      for (let at = 0; at < ${frames}; at += 1) console.log(await threads[0].compress(buffers, 5000, 3))
    })
  `
  const { stdout } = await runCommand([process.execPath, '--eval', script], { timeout: 20_000 })
  expect(stdout.trim().split('\n').filter(Boolean)).toHaveLength(frames)
}, 30_000)
