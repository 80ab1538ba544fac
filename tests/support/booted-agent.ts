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
  const url = `http://127.0.0.1:${httpPort}/boot/${mac}/script.ipxe`
  const response = await fetch(url)
  if (!response.ok) throw new Error(`${url}: ${response.status}`)
  const state = mkdtempSync(join(tmpdir(), 'clonaula-agent-'))
  const argv = [PROGRAM, ...agentArguments(await response.text()), '--mac', mac, '--disks', device, '--state', state]
  const child = spawn(process.execPath, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
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

/** How an agent is told what a boot script puts on the kernel's command line. */
export function agentArguments(script: string): string[] {
  const line = script.split('\n').find((text) => text.startsWith('kernel '))
  if (line === undefined) throw new Error(`no kernel is booted by\n${script}`)
  const words = new Map(line.split(' ').flatMap((word) => {
    const at = word.indexOf('=')
    return at < 0 ? [] : [[word.slice(0, at), word.slice(at + 1)] as const]
  }))
  const word = (name: string): string => words.get(`clonaula.${name}`) ?? ''
  // With "=": a token may begin with a dash.
  return ['--console', word('console'), '--key', word('key'), `--token=${word('token')}`]
}

/** Pulls the plug. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}
