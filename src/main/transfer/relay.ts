import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'

/** A channel that is listened to by one and then handed to another. */
export class Relay<Message> implements ControlChannel<Message> {
  readonly #channel: ControlChannel<unknown>
  #listener: ChannelListener | undefined

  constructor(channel: ControlChannel<unknown>) {
    this.#channel = channel
  }

  send(message: Message): void {
    this.#channel.send(message)
  }

  listen(listener: ChannelListener): void {
    this.#listener = listener
  }

  /** @returns false while nobody listens */
  pass(message: unknown): boolean {
    this.#listener?.message(message)
    return this.#listener !== undefined
  }

  /** @returns false while nobody listens */
  close(): boolean {
    this.#listener?.closed()
    return this.#listener !== undefined
  }
}
