/**
 * A computer, as far as the console can tell: takes its boot script over HTTP, comes with the token of it,
 * and captures and restores a file that stands for its only partition. A program of its own, so that it can
 * run on another machine of the segment:
 *
 *     node fake-agent.ts CONSOLE_URL MAC PARTITION_FILE [SLOW_MILLISECONDS]
 */
import { statSync } from 'node:fs'
import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { AGENT_PATH, AGENT_PROTOCOL, ConsoleMessage, type AgentCommand, type AgentMessage, type Outcome } from '#shared/contract/agent.ts'
import { MacAddress, type OperationId } from '#shared/domain/ids.ts'
import { captureVolumes, HttpRepository, restoreVolumes } from '#image/index.ts'
import { connectPinned } from '../../../src/agent/connection/pinned-socket.ts'
import { parseCommandLine } from '../../../src/agent/live/parameters.ts'
import { disk, hardware, partition } from '../../support/hardware.ts'

const [base = '', macText = '', file = '', slow = '0'] = process.argv.slice(2)
const mac = MacAddress.parse(macText)
const running = new Set<OperationId>()
const finished = new Map<OperationId, Outcome>()
let session: string | undefined

function get(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    request(`${base}${path}`, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => { text += part }).on('end', () => {
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${path}: ${response.statusCode}`))
      })
    }).on('error', reject).end()
  })
}

async function work(command: AgentCommand): Promise<Outcome> {
  const none = { bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0 }
  await sleep(Number(slow))
  if (command.kind === 'capture') {
    const store = new HttpRepository(command.repository)
    const volumes = [{ number: 1, path: file, filesystem: 'unknown' as const, mode: 'sector' as const }]
    const { manifest, figures } = await captureVolumes({ volumes, creator: 'test', source: 'fake', store })
    return { code: 0, message: '', params: {}, seconds: 1, figures, manifest: await store.publish(manifest) }
  }
  if (command.kind === 'restore') {
    const source = new HttpRepository(command.repository)
    const volumes = [{ number: 1, path: file }]
    const figures = await restoreVolumes({ manifest: await source.manifest(command.manifest), volumes, source, verify: true })
    return { code: 0, message: '', params: {}, seconds: 1, figures }
  }
  return { code: 0, message: '', params: {}, seconds: 0, figures: none }
}

async function run(operation: OperationId, command: AgentCommand, send: (message: AgentMessage) => void): Promise<void> {
  if (running.has(operation) || finished.has(operation)) return
  running.add(operation)
  const outcome = await work(command).catch((error: unknown): Outcome => ({
    code: 40, message: String(error), params: {}, seconds: 0, figures: { bytesRead: 0, bytesReceived: 0, bytesSent: 0, bytesWritten: 0 },
  }))
  running.delete(operation)
  finished.set(operation, outcome)
  send({ type: 'done', operation, outcome })
}

let current: WebSocket | undefined
const send = (message: AgentMessage): void => {
  if (current?.readyState === WebSocket.OPEN) current.send(JSON.stringify(message))
}

/** One connection, from hello to its end. */
async function connectOnce(parameters: ReturnType<typeof parseCommandLine>): Promise<void> {
  const { console: address, token } = parameters
  const tls = await connectPinned(address, AbortSignal.timeout(10_000))
  const socket = new WebSocket(`wss://${address.host}:${address.port}${AGENT_PATH}`, { createConnection: () => tls })
  current = socket
  socket.on('open', () => send({
    type: 'hello', protocol: AGENT_PROTOCOL, ...(session === undefined ? { token } : { session }), mac, version: 'fake',
    hardware: hardware(mac, { disks: [disk(1, { partitions: [partition(1, { size: statSync(file).size, filesystem: 'unknown' })] })] }),
    running: [...running], uptime: 1,
  }))
  socket.on('message', (data: Buffer) => {
    const message = ConsoleMessage.parse(JSON.parse(data.toString('utf8')))
    if (message.type === 'welcome') {
      session = message.session
      for (const [operation, outcome] of finished) send({ type: 'done', operation, outcome })
    } else if (message.type === 'ack') {
      finished.delete(message.operation)
    } else if (message.type === 'run') {
      void run(message.operation, message.command, send)
    }
  })
  socket.on('error', () => {})
  await new Promise<void>((resolve) => { socket.on('close', () => resolve()) })
}

const script = await get(`/boot/${mac}/script.ipxe`)
const parameters = parseCommandLine(/^kernel (.*) \|\|/m.exec(script)?.[1] ?? '')
if (parameters.mac !== mac) throw new Error(`the script is for ${parameters.mac}`)
for (;;) {
  await connectOnce(parameters).catch(() => {})
  await sleep(200)
}
