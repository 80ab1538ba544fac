import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isRunning, startOf } from './processes.ts'

test('this process runs, and started once', async () => {
  expect(await isRunning(process.pid)).toBe(true)
  expect(await startOf(process.pid)).toMatch(/^\d+$/)
})

test('one that has ended does not', async () => {
  const child = spawn('true')
  await once(child, 'exit')
  expect(await isRunning(child.pid ?? 0)).toBe(false)
  expect(await startOf(child.pid ?? 0)).toBe('')
})

test('nor does one that ended and whose parent has not asked about it', async () => {
  // The child ends when another program has taken the shell's place, which never waits for it.
  const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const [data] = await once(parent.stdout, 'data') as [Buffer]
    const pid = Number(data.toString())
    for (let tries = 0; tries < 100 && await isRunning(pid); tries += 1) await sleep(20)
    expect(await isRunning(pid)).toBe(false)
    expect(() => process.kill(pid, 0)).not.toThrow() // it is still listed
  } finally {
    parent.kill('SIGKILL')
  }
})
