import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Pipe } from '#shared/contract/rpc.ts'

/** The RPC's pipe over a local socket: one JSON value per line. A line that is none ends the connection. */
export function linePipe(socket: Socket): Pipe {
  const lines = createInterface({ input: socket, crlfDelay: Infinity })
  // A reset is an end like any other; readline passes it on as its own error.
  lines.on('error', () => socket.destroy())
  return {
    send(message) {
      if (socket.writable) socket.write(`${JSON.stringify(message)}\n`)
    },
    onMessage(listener) {
      lines.on('line', (line) => {
        let message: unknown
        try {
          message = JSON.parse(line)
        } catch {
          socket.destroy()
          return
        }
        listener(message)
      })
    },
    onClose: (listener) => void socket.on('close', listener),
  }
}
