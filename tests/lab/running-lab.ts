import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { LabReport } from '../../tools/lab/story/report.ts'

const project = resolve(import.meta.dirname, '../..')

/** A lab as its user starts it: a process with a terminal's worth of output. */
export class RunningLab {
  readonly pid: number
  /** Its exit code; undefined when a signal ended it. */
  readonly ended: Promise<number | undefined>
  readonly #folder = mkdtempSync(join(tmpdir(), 'lab-test-'))
  readonly #child: ChildProcess
  output = ''

  constructor(...args: string[]) {
    const node = join(project, 'node_modules/.bin/node')
    this.#child = spawn(node, ['tools/lab/main.ts', '--once', '--report', this.#reportFile, ...args], {
      cwd: project, stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.pid = this.#child.pid ?? 0
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (bytes: Buffer) => (this.output += bytes.toString()))
    }
    this.ended = new Promise((done) => this.#child.on('close', (code) => done(code ?? undefined)))
  }

  get #reportFile(): string {
    return join(this.#folder, 'report.json')
  }

  report(): LabReport {
    return JSON.parse(readFileSync(this.#reportFile, 'utf8')) as LabReport
  }

  async hasSaid(pattern: RegExp): Promise<void> {
    let over = false
    void this.ended.then(() => (over = true))
    while (!pattern.test(this.output)) {
      if (over) throw new Error(`the lab ended without saying ${pattern}:\n${this.output}`)
      await new Promise((next) => { setTimeout(next, 100) })
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name)
  }

  /** For afterEach: nothing of a test that failed outlives it. */
  async dispose(): Promise<void> {
    this.#child.kill('SIGTERM')
    await this.ended
    rmSync(this.#folder, { recursive: true, force: true })
  }

  namespaces(): string[] {
    return list('/run/netns').filter((name) => name.startsWith(`clonaula-${this.pid}-`))
  }

  folders(): string[] {
    return list(tmpdir()).filter((name) => name.startsWith(`clonaula-lab-${this.pid}-`))
  }

  /** Processes that work in this lab's folder or namespaces: QEMU, console, router, relays. */
  processes(): string[] {
    const marks = [`clonaula-lab-${this.pid}-`, `clonaula-${this.pid}-`]
    return list('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((pid) => read(`/proc/${pid}/cmdline`).replaceAll('\0', ' '))
      .filter((command) => marks.some((mark) => command.includes(mark)))
  }

  /** Loop devices on files of this lab. */
  loops(): string[] {
    return list('/sys/block')
      .map((name) => read(`/sys/block/${name}/loop/backing_file`))
      .filter((file) => file.includes(`clonaula-lab-${this.pid}-`))
  }

  /** Of the console that this lab started. */
  consolePid(): number {
    const found = list('/proc').find((pid) => /headless\.ts/.test(read(`/proc/${pid}/cmdline`)) && this.#isChild(pid))
    if (found === undefined) throw new Error('the lab has no console')
    return Number(found)
  }

  #isChild(pid: string): boolean {
    return new RegExp(`\\) \\S+ ${this.pid} `).test(read(`/proc/${pid}/stat`))
  }

  leftovers(): Record<string, string[]> {
    return { namespaces: this.namespaces(), folders: this.folders(), processes: this.processes(), loops: this.loops() }
  }
}

export const NOTHING = { namespaces: [], folders: [], processes: [], loops: [] }

function list(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Processes end while they are looked at. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
