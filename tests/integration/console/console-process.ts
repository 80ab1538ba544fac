/** A console as it runs in production: `headless.ts` in a process of its own, asked through the command line. */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { CallInput, CallName, CallResult } from '#shared/contract/console.ts'
import { connectLocal } from '../../../src/main/rpc/local/local-client.ts'
import type { Segment } from '../../../tools/network/segment.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')
const NODE = join(ROOT, 'node_modules', '.bin', 'node')
const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const

export interface ConsoleOptions {
  /** Where its machine is; without it, this one: with settings that keep to loopback. */
  segment?: Pick<Segment, 'spawn'>
  data: string
  machine?: string
  args?: readonly string[]
  /** Without root's rights. */
  asNobody?: boolean
}

export class ConsoleProcess {
  readonly data: string
  readonly #child: ChildProcess
  /** What it has printed. */
  output = ''

  private constructor(data: string, child: ChildProcess) {
    this.data = data
    this.#child = child
    child.stdout?.on('data', (text: Buffer) => { this.output += text.toString('utf8') })
  }

  /** Ready when it answers the command line. */
  static async start({ segment, data, machine = 'console', args = [], asNobody = false }: ConsoleOptions): Promise<ConsoleProcess> {
    const command = [NODE, join(ROOT, 'src/main/headless.ts'), '--data', data, '--lang', 'en', '--log-level', 'silent', ...args]
    const [program, ...rest] = asNobody ? [...nobody, ...command] : command
    const child = segment ? segment.spawn(machine, program ?? NODE, ...rest) : spawn(program ?? NODE, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
    const started = new ConsoleProcess(data, child)
    try {
      await started.#answers()
      return started
    } catch (error) {
      await started.kill()
      throw error
    }
  }

  async #answers(): Promise<void> {
    for (let attempt = 0; attempt < 150; attempt += 1) {
      if (this.#child.exitCode !== null) throw new Error(`the console ended (${this.#child.exitCode}): ${this.output}`)
      if (await this.call('console.info', {}).then(() => this.output !== '', () => false)) return
      await sleep(100)
    }
    throw new Error(`the console does not answer: ${this.output}`)
  }

  async call<N extends CallName>(name: N, args: CallInput<N>): Promise<CallResult<N>> {
    const client = await connectLocal(this.data)
    try {
      return await client.call(name, args)
    } finally {
      client.close()
    }
  }

  /** Stands still for so long, as a laptop that sleeps: its machine is there, and nobody answers. */
  async sleep(milliseconds: number): Promise<void> {
    this.#child.kill('SIGSTOP')
    try {
      await sleep(milliseconds)
    } finally {
      this.#child.kill('SIGCONT')
    }
  }

  /** Pulls the plug. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** @returns its exit code */
  async stop(): Promise<number | null> {
    return this.#end('SIGTERM')
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exit = once(this.#child, 'exit')
      this.#child.kill(signal)
      await exit
    }
    return this.#child.exitCode
  }
}

export interface CliResult<T> { code: number; value: T; error: string }

/** `clonaula … --json` on a data folder, started as a user would. */
export function cli<T>(data: string, ...args: string[]): Promise<CliResult<T>> {
  return new Promise((resolve) => {
    const argv = [join(ROOT, 'tools', 'clonaula.mjs'), ...args, '--json', '--data', data]
    execFile(process.execPath, argv, { timeout: 60_000 }, (failure, stdout, stderr) => {
      const code = typeof failure?.code === 'number' ? failure.code : failure ? -1 : 0
      resolve({ code, value: (stdout === '' ? undefined : JSON.parse(stdout)) as T, error: stderr })
    })
  })
}

/** The same, not waited for. */
export function startCli(data: string, ...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'tools', 'clonaula.mjs'), ...args, '--json', '--data', data], { stdio: 'ignore' })
}
