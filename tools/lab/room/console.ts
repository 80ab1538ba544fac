/** The console of the lab: the real one, headless, as a process of its own in the classroom's network. */
import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { connectLocal, type LocalClient } from '../../../src/main/rpc/local/local-client.ts'
import { endChild, startInNamespace, type LabChild } from '../host/child.ts'
import type { CleanupStack } from '../host/cleanup.ts'
import { LineLog } from '../host/line-log.ts'
import { within } from '../host/within.ts'
import { CONSOLE_ADDRESS, type LabNetwork } from './network.ts'
import type { Supplies } from './prepare.ts'

const HEADLESS = resolve(import.meta.dirname, '../../../src/main/headless.ts')
/** Milliseconds that it may take until it answers. */
const PATIENCE = 60_000

export interface LabConsole {
  client: LocalClient
  /** Resolves, with how, when it ends: a lab cannot go on without it. */
  ended: Promise<string>
  log: LineLog
  /** Its data folder, where the command line finds it too. */
  data: string
  /** Opens it in a browser on this machine and logs in, once. */
  webAddress: string
  /** Pulls its plug. */
  kill(): Promise<void>
}

export interface ConsoleOptions {
  folder: string
  /** Port of its web console, on its own loopback. */
  webPort: number
  supplies: Supplies
  signal: AbortSignal
}

function argv({ folder, webPort, supplies }: ConsoleOptions): string[] {
  return [
    process.execPath, HEADLESS, '--data', join(folder, 'console'), '--address', CONSOLE_ADDRESS, '--dhcp', 'proxy',
    '--web', `127.0.0.1:${webPort}`, '--live', supplies.live, '--boot', supplies.boot,
  ]
}

/** Its data stays in `folder`: a second one takes up what the first left there. */
export async function startConsole(
  network: LabNetwork, options: ConsoleOptions, cleanup: CleanupStack,
): Promise<LabConsole> {
  const data = join(options.folder, 'console')
  await mkdir(data, { recursive: true, mode: 0o700 })
  const log = new LineLog(join(options.folder, 'console.log'))
  cleanup.push('console log', () => log.close())
  const child = startInNamespace(network.console, argv(options))
  cleanup.push('console', () => endChild(child, 10_000))
  for (const stream of [child.process.stdout, child.process.stderr]) {
    stream?.on('data', (bytes: Buffer) => log.push(bytes))
  }
  const client = await answering(data, child, log, options.signal)
  cleanup.push('connection to the console', () => client.close())
  const address = log.find(0, (text) => /https?:\/\/\S+#token=[\w-]+/.exec(text)?.[0])
  const { signal } = options
  const { value } = await within(address, { what: 'address of the web console', timeout: PATIENCE, signal })
  async function kill(): Promise<void> {
    child.process.kill('SIGKILL')
    await child.ended
  }
  return { client, ended: child.ended, log, data, webAddress: value, kill }
}

async function answering(data: string, child: LabChild, log: LineLog, signal: AbortSignal): Promise<LocalClient> {
  const deadline = Date.now() + PATIENCE
  let ended: string | undefined
  void child.ended.then((how) => (ended = how))
  for (;;) {
    signal.throwIfAborted()
    try {
      return await connectLocal(data)
    } catch (error) {
      if (ended !== undefined) {
        throw new Error(`the console ended (${ended}): ${log.tail(10).join('\n')}`, { cause: error })
      }
      if (Date.now() > deadline) throw error
    }
    await pause(200)
  }
}
