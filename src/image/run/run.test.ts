import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { CommandError, runCommand, streamCommand } from './run.ts'

async function failure(promise: Promise<unknown>): Promise<CommandError> {
  const error: unknown = await promise.then(() => undefined, (reason: unknown) => reason)
  expect(error).toBeInstanceOf(CommandError)
  return error as CommandError
}

describe('runCommand', () => {
  test('passes arguments as they are, without a shell', async () => {
    const { stdout, code } = await runCommand(['printf', '%s|', '$HOME', 'a b', "it's; rm"])
    expect({ stdout, code }).toEqual({ stdout: "$HOME|a b|it's; rm|", code: 0 })
  })

  test('gives bytes to its input and cleans its environment', async () => {
    process.env['CLONAULA_SECRET_OF_TEST'] = 'leak'
    const { stdout } = await runCommand(['sh', '-c', 'cat; env'], { stdin: 'input\n', env: { EXTRA: '1' } })
    delete process.env['CLONAULA_SECRET_OF_TEST']
    expect(stdout).toMatch(/^input\n/)
    expect(stdout).toContain('LC_ALL=C')
    expect(stdout).toContain('EXTRA=1')
    expect(stdout).not.toContain('leak')
  })

  test('does not mind a command that never reads its input', async () => {
    expect((await runCommand(['true'], { stdin: new Uint8Array(4 * 1024 * 1024) })).code).toBe(0)
  })

  test('fails with the exit code and what the command said', async () => {
    const error = await failure(runCommand(['sh', '-c', 'echo why >&2; exit 3']))
    expect(error.exitCode).toBe(3)
    expect(error.code).toBe(40)
    expect(error.message).toBe('sh ended with 3: why')
  })

  test('takes other codes as answers when told to', async () => {
    expect((await runCommand(['sh', '-c', 'exit 3'], { accept: [0, 3] })).code).toBe(3)
  })

  test('names a program that is not there', async () => {
    expect((await failure(runCommand(['clonaula-no-such-program']))).result).toBe('notExecutable')
  })

  test('ends the command and its children at the timeout', async () => {
    const started = Date.now()
    const error = await failure(runCommand(['sh', '-c', 'sleep 30 & sleep 30'], { timeout: 100 }))
    expect(error.message).toContain('more than 100 ms')
    expect(Date.now() - started).toBeLessThan(5000)
  })

  test('ends a command that ignores SIGTERM', async () => {
    const started = Date.now()
    await failure(runCommand(['sh', '-c', 'trap "" TERM; while :; do sleep 0.1; done'], { timeout: 100 }))
    expect(Date.now() - started).toBeLessThan(8000)
  }, 10_000)

  test('is aborted by its signal, before and during', async () => {
    const controller = new AbortController()
    const running = runCommand(['sleep', '30'], { signal: controller.signal })
    controller.abort()
    await expect(running).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }))
    await expect(runCommand(['true'], { signal: controller.signal })).rejects.toThrow('abort')
  })

  test.each(['INT', 'TERM'])('starts a command again that somebody else ended at its start with SIG%s, and once only', async (signal) => {
    const folder = await mkdtemp(join(tmpdir(), 'clonaula-test-'))
    try {
      const script = `if mkdir "$0/second"; then kill -${signal} $$; fi 2> "$0/said"; echo done`
      expect((await runCommand(['sh', '-c', script, folder])).stdout).toBe('done\n')
      expect((await failure(runCommand(['sh', '-c', `kill -${signal} $$`]))).message).toBe(`sh was ended by SIG${signal}`)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  test('stops a command that prints without end', async () => {
    const error = await failure(runCommand(['yes'], { limit: 100_000 }))
    expect(error.message).toContain('more than 100000 bytes')
  })

  test('gives lines as they come, also those that end with a carriage return', async () => {
    const lines: string[] = []
    await runCommand(['sh', '-c', 'printf "1%%\\r2%%\\r\\ndone\\n"; printf "tail" >&2'], {
      onLine: (line, from) => lines.push(`${from}: ${line}`),
    })
    expect(lines.filter((line) => line.startsWith('stdout'))).toEqual(['stdout: 1%', 'stdout: 2%', 'stdout: done'])
    expect(lines).toContain('stderr: tail')
  })

  test('keeps the end of a long stderr', async () => {
    const error = await failure(runCommand(['sh', '-c', 'seq 1 20000 >&2; exit 1']))
    expect(error.stderr.length).toBeLessThanOrEqual(16 * 1024)
    expect(error.stderr.trim().endsWith('20000')).toBe(true)
  })
})

describe('streamCommand', () => {
  test('streams through a command', async () => {
    const running = streamCommand(['tr', 'a', 'b'])
    running.stdin.end('banana')
    let text = ''
    for await (const part of running.stdout) text += String(part)
    expect(text).toBe('bbnbnb')
    expect((await running.done).code).toBe(0)
  })

  test('reports the failure after the output', async () => {
    const running = streamCommand(['sh', '-c', 'echo some; exit 9'])
    running.stdin.end()
    running.stdout.resume()
    expect((await failure(running.done)).exitCode).toBe(9)
  })
})
