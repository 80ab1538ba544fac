/**
 * A multicast receiver as a process of its own: `receiver-process.ts JSON`. Takes all segments in order, from the session or else from
 * the folder, which stands in for unicast, and says in lines of JSON what happened.
 */
import { connect } from 'node:net'
import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { startingAt, type Segment } from '#shared/transfer/multicast/segments.ts'
import { MulticastReceiver, type ReceiverEnd, type ReceiverFigures } from '#transfer/multicast/receiver.ts'
import { receiveSegments } from '#transfer/multicast/receive-segments.ts'
import { lineChannel } from './line-channel.ts'
import { packFolder } from './pack-folder.ts'

export interface ReceiverTask {
  folder: string
  segments: Segment[]
  /** Where the sender's control channel is. */
  sender: { host: string; port: number }
  /** Own address. */
  interface: string
  window?: number
  stallAfter?: number
  deafAfter?: number
  renewEvery?: number
  /** Bytes per second that its disk takes. */
  disk?: number
  /** Compares every byte with the original. */
  check?: boolean
}

/** One line of what it says. */
export type ReceiverSays =
  | { say: 'ready' }
  | { say: 'over'; end: ReceiverEnd }
  | { say: 'done'; at: number; processor: number; wrong: number; figures: ReceiverFigures }

const task = JSON.parse(process.argv[2] ?? '') as ReceiverTask
const say = (line: ReceiverSays): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
const original = packFolder(task.folder)
const socket = connect({ ...task.sender })
const { interface: card, window, stallAfter, deafAfter, renewEvery } = task
const receiver = new MulticastReceiver(lineChannel(socket), {
  fallback: original, interface: card,
  ...(window === undefined ? {} : { window }), ...(stallAfter === undefined ? {} : { stallAfter }), ...(deafAfter === undefined ? {} : { deafAfter }),
  ...(renewEvery === undefined ? {} : { renewEvery }),
})
await receiver.ready
say({ say: 'ready' })
const over = receiver.ended.then((end) => say({ say: 'over', end }))

let wrong = 0
/** A disk does one thing at a time. */
let disk = Promise.resolve()
await receiveSegments(receiver.source, startingAt(task.segments, receiver.position), {
  write: async (pack, offset, bytes) => {
    if (task.check && Buffer.compare(bytes, await original.packRange(pack, offset, bytes.length)) !== 0) wrong += 1
    const { disk: speed } = task
    if (speed !== undefined) await (disk = disk.then(() => sleep((bytes.length * 1000) / speed)))
  },
})
const { user, system } = process.cpuUsage()
say({ say: 'done', at: performance.timeOrigin + performance.now(), processor: (user + system) / 1e6, wrong, figures: receiver.figures })
await Promise.race([over, sleep(30_000, undefined, { ref: false })])
socket.end()
