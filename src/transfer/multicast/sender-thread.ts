/** The thread that sends a multicast: reads packs, paces, and puts datagrams on the network. See threaded-sender.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { toErrorRecord } from '#shared/domain/errors.ts'
import { segmentsOf } from '#shared/transfer/multicast/parts.ts'
import { LocalRepository } from '#image/repository/local.ts'
import type { ChannelListener } from '../control-channel.ts'
import { MulticastSender } from './sender.ts'
import type { FromSenderThread, SenderTask, ToSenderThread } from './thread-messages.ts'

/** Milliseconds between two looks at how far it is. */
const FIGURES_EVERY = 250

const { repository, parts, network, expected } = workerData as SenderTask
const receivers = new Map<string, ChannelListener>()

function post(message: FromSenderThread): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- it is a thread, not a window
  parentPort?.postMessage(message)
}

function join(sender: MulticastSender, id: string): void {
  let part = 0
  sender.join(id, {
    send(message) {
      if (message.type !== 'segments') return post({ type: 'say', id, message })
      post({ type: 'sayPart', id, part })
      part += 1
    },
    listen: (listener) => void receivers.set(id, listener),
  })
}

function hear(sender: MulticastSender, message: ToSenderThread): void {
  if (message.type === 'join') return join(sender, message.id)
  const receiver = receivers.get(message.id)
  if (message.type === 'hear') return receiver?.message(message.message)
  receivers.delete(message.id)
  receiver?.closed()
}

try {
  const sender = new MulticastSender({
    source: await LocalRepository.open(repository, { create: false }),
    segments: parts.flatMap(segmentsOf),
    network, expected,
    onStart: (count) => post({ type: 'start', receivers: count }),
    onDropped: (id, reason) => post({ type: 'dropped', id, reason }),
  })
  parentPort?.on('message', (message: ToSenderThread) => hear(sender, message))
  setInterval(() => post({ type: 'figures', figures: sender.figures }), FIGURES_EVERY).unref()
  post({ type: 'ended', figures: await sender.run() })
} catch (error) {
  post({ type: 'failed', error: toErrorRecord(error) })
}
