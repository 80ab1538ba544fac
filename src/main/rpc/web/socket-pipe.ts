import type { WebSocket } from 'ws'
import type { Pipe } from '#shared/contract/rpc.ts'
import { WEB_CLOSE } from '#shared/contract/web.ts'

/** Bytes waiting for a browser that does not read; more, and its connection is given up (it reloads everything). */
const SEND_LIMIT = 16 * 1024 * 1024

/** The RPC's pipe over a WebSocket: JSON as text. Anything else ends the connection. */
export function socketPipe(socket: WebSocket): Pipe {
  return {
    send(message) {
      if (socket.readyState !== socket.OPEN) return
      if (socket.bufferedAmount > SEND_LIMIT) socket.terminate()
      else socket.send(JSON.stringify(message))
    },
    onMessage(listener) {
      socket.on('message', (data, isBinary) => {
        if (isBinary || !Buffer.isBuffer(data)) return socket.terminate()
        let message: unknown
        try {
          message = JSON.parse(data.toString('utf8'))
        } catch {
          return socket.terminate()
        }
        return listener(message)
      })
    },
    onClose: (listener) => void socket.on('close', listener),
  }
}

export function closeLoggedOut(socket: WebSocket): void {
  socket.close(WEB_CLOSE.loggedOut, 'logged out')
}
