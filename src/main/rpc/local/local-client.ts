/** How a program on the same machine reaches a running console: the command line, tests, the virtual classroom. */
import { statSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { connect, type Client } from '#shared/contract/rpc.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { controlPath } from './control-path.ts'
import { linePipe } from './line-pipe.ts'

export interface LocalClient extends Client {
  /** Settles when the connection is over, whoever ended it. Calls after that reject. */
  closed: Promise<void>
  close(): void
}

/**
 * Connects as administrator.
 * @param where a data folder, or the path of its control socket
 * @throws ClonaulaError `notFound` when no console answers there
 */
export async function connectLocal(where: string): Promise<LocalClient> {
  const path = statSync(where, { throwIfNoEntry: false })?.isDirectory() ? controlPath(where) : where
  const socket = connectSocket(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', (cause) => {
      reject(new ClonaulaError('notFound', `no console at ${where}: ${cause.message}`, { what: where }, { cause }))
    })
  })
  const client = connect(linePipe(socket))
  return {
    on: (event, listener) => client.on(event, listener),
    async call(name, args) {
      if (socket.destroyed) throw new ClonaulaError('generic', 'connection to the console lost')
      return client.call(name, args)
    },
    closed: new Promise((resolve) => { socket.once('close', () => resolve()) }),
    close: () => void socket.end(),
  }
}
