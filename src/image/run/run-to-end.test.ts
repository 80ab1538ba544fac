import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { runToEnd } from './run-to-end.ts'

test('ends when the command does', async () => {
  await expect(runToEnd(['true'])).resolves.toBeUndefined()
})

test('says how it ended, and what it said', async () => {
  await expect(runToEnd(['sh', '-c', 'echo on stdout; echo on stderr >&2; exit 3'])).rejects.toThrow(expect.objectContaining({
    exitCode: 3, message: expect.stringMatching(/ended with 3: on stdout\non stderr$/),
  }))
  await expect(runToEnd(['sh', '-c', 'kill -9 $$'])).rejects.toThrow('was ended by SIGKILL')
  await expect(runToEnd(['/nowhere/at/all'])).rejects.toThrow(expect.objectContaining({ code: 7 }))
})

test('goes on, and may print, when the process that started it is killed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-test-'))
  try {
    const done = join(folder, 'done')
    const script = `import { runToEnd } from '${join(import.meta.dirname, 'run-to-end.ts')}'
      setTimeout(() => process.kill(process.pid, 'SIGKILL'), 200)
      await runToEnd(['sh', '-c', 'sleep 0.6; echo printed; echo printed >&2; echo well > "$0"', '${done}'])`
    const child = spawn(process.execPath, ['--input-type=module-typescript', '--eval', script], { stdio: 'inherit' })
    const signal = await new Promise((resolve) => child.on('close', (_, how) => resolve(how)))
    expect(signal).toBe('SIGKILL')
    const said = async (): Promise<string> => readFile(done, 'utf8').catch(() => '')
    for (let tries = 0; tries < 50 && await said() === ''; tries += 1) await sleep(100)
    expect(await said()).toBe('well\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})
