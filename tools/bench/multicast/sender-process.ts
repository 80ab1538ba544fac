/**
 * A multicast sender as a process of its own: `sender-process.ts JSON`. Takes receivers in over TCP (a name, then the control channel's
 * lines), and says what happens in lines of JSON.
 */
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Segment } from '#shared/transfer/multicast/segments.ts'
import { MulticastSender, type MulticastNetwork } from '#transfer/multicast/sender.ts'
import { lineChannel } from './line-channel.ts'
import { packFolder } from './pack-folder.ts'

export interface SenderTask {
  folder: string
  segments: Segment[]
  network: MulticastNetwork
  expected: number
  /** TCP port of the control channels. */
  control: number
}

/** One line of what it says. */
export type SenderSays =
  | { say: 'listening' }
  | { say: 'start'; receivers: number; at: number }
  | { say: 'dropped'; id: string; reason: string }
  | { say: 'end'; at: number; processor: number; figures: MulticastSender['figures'] }
  | { say: 'failed'; message: string }

const task = JSON.parse(process.argv[2] ?? '') as SenderTask
const say = (line: SenderSays): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
/** Milliseconds of a clock that all processes share. */
const clock = (): number => performance.timeOrigin + performance.now()

const sender = new MulticastSender({
  source: packFolder(task.folder), segments: task.segments, network: task.network, expected: task.expected,
  onStart: (receivers) => say({ say: 'start', receivers, at: clock() }),
  onDropped: (id, reason) => say({ say: 'dropped', id, reason }),
})
const sockets = new Set<Socket>()
const server = createServer((socket) => {
  sockets.add(socket)
  sender.join(`${socket.remoteAddress}:${socket.remotePort}`, lineChannel(socket))
})
server.listen(task.control)
await once(server, 'listening')
say({ say: 'listening' })
try {
  await sender.run()
  const { user, system } = process.cpuUsage()
  say({ say: 'end', at: clock(), processor: (user + system) / 1e6, figures: sender.figures })
} catch (error) {
  say({ say: 'failed', message: error instanceof Error ? error.message : String(error) })
}
server.close()
for (const socket of sockets) socket.end()
