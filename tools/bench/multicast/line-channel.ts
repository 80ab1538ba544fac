import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { ChannelListener, ControlChannel } from '#transfer/control-channel.ts'

/** A control channel of lines of JSON over TCP, which stands in for the agent's WebSocket. */
export function lineChannel<Message>(socket: Socket): ControlChannel<Message> {
  socket.setNoDelay(true)
  const lines = createInterface({ input: socket })
  const early: string[] = []
  let isClosed = false
  let listener: ChannelListener | undefined
  lines.on('line', (line) => {
    if (listener) listener.message(parse(line))
    else early.push(line)
  })
  for (const emitter of [socket, lines]) emitter.on('error', () => undefined) // `close` follows
  socket.on('close', () => {
    isClosed = true
    listener?.closed()
  })
  return {
    send: (message) => {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
    },
    listen: (wanted) => {
      listener = wanted
      for (const line of early) wanted.message(parse(line))
      if (isClosed) wanted.closed()
    },
  }
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
