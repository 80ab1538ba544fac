/**
 * The boot services as a program, for a network namespace: takes its settings as JSON in argv, tells what
 * happens as JSON lines, and answers each line on its input with a line of what it has counted.
 */
import { createInterface } from 'node:readline'
import {
  bootEverybody, composeTrees, createBootServices, createScriptTree, HttpService, StaticTree, type FullDhcpSettings,
} from '../../../src/main/pxe/index.ts'

export interface BootServerSettings {
  address: string
  folder: string
  files: string[]
  full?: FullDhcpSettings
}

/** One line of output. */
export type BootServerLine =
  | { kind: 'ready'; statuses: { service: string; state: string; result?: string; command?: string }[] }
  | { kind: 'event'; phase: string; detail: string; mac: string }
  | { kind: 'counted'; drops: Record<string, number>; errors: number; heapUsed: number }

const settings = JSON.parse(process.argv[2] ?? '') as BootServerSettings
const httpBase = `http://${settings.address}:8080`
const say = (line: BootServerLine) => process.stdout.write(`${JSON.stringify(line)}\n`)
let errors = 0

const services = createBootServices({
  address: settings.address,
  httpBase,
  policy: bootEverybody,
  tree: composeTrees(
    new StaticTree(settings.folder, settings.files.map((path) => ({ path }))),
    createScriptTree({
      httpBase,
      contextFor: (mac) => ({
        mac, name: 'pc', mode: 'live', httpBase, rootSha256: '0'.repeat(64), consoleUrl: `wss://${settings.address}:8443`,
        certificate: '1'.repeat(64), token: 'token', extraArguments: [],
      }),
    }),
  ),
  onEvent: ({ phase, detail, mac }) => { say({ kind: 'event', phase, detail, mac }) },
  onError: () => { errors += 1 },
  ...(settings.full === undefined ? { mode: 'proxy' } : { mode: 'full', full: settings.full }),
})
await new HttpService({ address: settings.address, port: 8080, handler: services.handler, onError: () => { errors += 1 } }).start()
const statuses = await services.start()
say({
  kind: 'ready',
  statuses: statuses.map((status) => ({
    service: status.service,
    state: status.state,
    ...(status.state === 'failed' && { result: status.error.result, command: String(status.error.params['command']) }),
  })),
})
createInterface({ input: process.stdin }).on('line', () => {
  say({ kind: 'counted', drops: Object.fromEntries(services.drops()), errors, heapUsed: process.memoryUsage().heapUsed })
})
