import type { TransferChannel, TransferMessage } from '#shared/contract/transfer-channel.ts'
import type { OperationId } from '#shared/domain/ids.ts'
import type { ChannelListener, ControlChannel } from './control-channel.ts'

interface OpenChannel {
  operation: OperationId
  name: TransferChannel
  listener: ChannelListener | undefined
  /** What came before somebody listened. */
  waiting: unknown[]
}

/** Messages that may wait for a listener: whoever opens a channel listens at once. */
const MAX_WAITING = 64

/** The control channels of operations over one connection; either end has one of these. */
export class Channels {
  readonly #send: (message: TransferMessage) => void
  readonly #open = new Set<OpenChannel>()

  /** @param send never throws; what it cannot send is lost */
  constructor(send: (message: TransferMessage) => void) {
    this.#send = send
  }

  /** A channel of that name that was open ends. */
  open(operation: OperationId, name: TransferChannel): ControlChannel<unknown> {
    this.close(operation, name)
    const channel: OpenChannel = { operation, name, listener: undefined, waiting: [] }
    this.#open.add(channel)
    return {
      send: (message) => {
        if (this.#open.has(channel)) this.#send({ type: 'transfer', operation, channel: name, message })
      },
      listen: (listener) => {
        channel.listener = listener
        for (const message of channel.waiting.splice(0)) listener.message(message)
        if (!this.#open.has(channel)) listener.closed()
      },
    }
  }

  /** @returns false when no such channel is open: the message is lost */
  hear({ operation, channel: name, message }: TransferMessage): boolean {
    const channel = [...this.#open].find((each) => each.operation === operation && each.name === name)
    if (!channel) return false
    if (channel.listener) channel.listener.message(message)
    else if (channel.waiting.length < MAX_WAITING) channel.waiting.push(message)
    return true
  }

  /** Ends an operation's channels, or the one of that name. */
  close(operation: OperationId, name?: TransferChannel): void {
    this.#closeThose((channel) => channel.operation === operation && (name === undefined || channel.name === name))
  }

  /** The connection is gone. */
  closeAll(): void {
    this.#closeThose(() => true)
  }

  #closeThose(matches: (channel: OpenChannel) => boolean): void {
    for (const channel of [...this.#open].filter(matches)) {
      this.#open.delete(channel)
      channel.listener?.closed()
    }
  }
}
