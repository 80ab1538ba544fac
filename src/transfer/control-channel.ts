/** What a channel tells its owner. */
export interface ChannelListener {
  /** A message as it came from the wire: to be checked by whoever hears it. */
  message: (message: unknown) => void
  /** Nothing will come any more. */
  closed: () => void
}

/**
 * A reliable, ordered, authenticated way to the other end, for messages of JSON: in the product a part of the agent's WebSocket.
 * `send` never throws: what cannot be sent is lost with the channel, which then says `closed`.
 */
export interface ControlChannel<Message> {
  send(message: Message): void
  /** Called once. Messages that came before are given then. */
  listen(listener: ChannelListener): void
}
