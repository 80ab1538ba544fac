import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'

/** Both ends of a channel; nothing passes while there is no connection. */
export class Link {
  isConnected: boolean
  #agent: ChannelListener | undefined
  #console: ChannelListener | undefined
  readonly agents: ControlChannel<unknown> = {
    send: (message) => { if (this.isConnected) this.#console?.message(message) },
    listen: (listener) => { this.#agent = listener },
  }
  readonly consoles: ControlChannel<unknown> = {
    send: (message) => { if (this.isConnected) this.#agent?.message(message) },
    listen: (listener) => { this.#console = listener },
  }
  constructor(isConnected = true) { this.isConnected = isConnected }
  lose(): void {
    this.isConnected = false
    this.#agent?.closed()
    this.#console?.closed()
  }
}
