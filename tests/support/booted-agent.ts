import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PROGRAM = join(import.meta.dirname, '../../src/agent/live/main.ts')

export interface Agent {
  output: () => string
  stop: () => Promise<void>
}

/**
 * A computer that boots: it fetches its script over HTTP as iPXE would, and starts a real agent with what
 * the script puts on the kernel's command line. The loop device is all of its disks.
 */
export async function bootAgent(httpPort: number, mac: string, device: string): Promise<Agent> {
  const words = await kernelCommandLine(`http://127.0.0.1:${httpPort}/boot/${mac}/script.ipxe`)
  const state = mkdtempSync(join(tmpdir(), 'clonaula-agent-'))
  const child = spawn(process.execPath, [
    PROGRAM,
    '--console', words.get('clonaula.console') ?? '',
    '--key', words.get('clonaula.key') ?? '',
    // With "=": a token may begin with a dash.
    `--token=${words.get('clonaula.token') ?? ''}`,
    '--mac', mac,
    '--disks', device,
    '--state', state,
  ], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString() })
  return {
    output: () => output,
    stop: async () => {
      await end(child)
      rmSync(state, { recursive: true, force: true })
    },
  }
}

async function kernelCommandLine(url: string): Promise<Map<string, string>> {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  const line = (await response.text()).split('\n').find((text) => text.startsWith('kernel '))
  if (line === undefined) throw new Error(`${url} boots no kernel`)
  return new Map(line.split(' ').flatMap((word) => {
    const at = word.indexOf('=')
    return at < 0 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const]
  }))
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
