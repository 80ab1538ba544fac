import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

export interface AgentOptions {
  console: string
  key: string
  token?: string
  disks: readonly string[]
  state: string
}

const SOURCE = join(import.meta.dirname, '../../../src/agent/live/main.ts')

/** A real agent, as the live system starts it, on loop devices. */
export class AgentProcess {
  readonly #child: ChildProcess
  #output = ''

  constructor({ console: url, key, token, disks, state }: AgentOptions, program = SOURCE) {
    // With "=": a token may begin with a dash.
    const proof = token === undefined ? [] : [`--token=${token}`]
    this.#child = spawn(process.execPath, [
      program, '--console', url, '--key', key, ...proof, '--mac', '52:54:00:77:00:01', '--disks', disks.join(','), '--state', state,
    ], { stdio: ['ignore', 'pipe', 'pipe'] })
    const keep = (data: Buffer): void => { this.#output += data.toString() }
    this.#child.stdout?.on('data', keep)
    this.#child.stderr?.on('data', keep)
  }

  get output(): string {
    return this.#output
  }

  /** Waits until it printed something. */
  async printed(pattern: RegExp, milliseconds = 20_000): Promise<void> {
    const deadline = Date.now() + milliseconds
    while (!pattern.test(this.#output)) {
      if (Date.now() > deadline) throw new Error(`the agent never printed ${String(pattern)}:\n${this.#output}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  /** Its exit code, when it ends by itself. */
  async exit(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }

  /** As a crash would: without any farewell. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'exit')
    }
  }
}
