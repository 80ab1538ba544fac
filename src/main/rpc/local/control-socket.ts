/**
 * The door of the command line: whoever may open the socket (its owner, root) is an administrator. It is
 * also what makes a data folder one console's own.
 */
import { createServer, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { serve, type Handlers, type Subscribe } from '#shared/contract/rpc.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { answers, closed, freeSocketPath, listen } from '../../platform/listen.ts'
import { linePipe } from './line-pipe.ts'

export interface ControlSocket {
  path: string
  /** From now on calls are answered; those that came before are kept waiting until then. */
  serve(handlers: Handlers, subscribe: Subscribe): void
  close(): Promise<void>
}

/**
 * Opened before anything of the data folder is touched.
 * @throws ClonaulaError `consoleRunning` when another console uses this data folder
 */
export async function openControlSocket(path: string): Promise<ControlSocket> {
  if (await answers(path)) {
    throw new ClonaulaError('consoleRunning', `another console answers on ${path}`, { folder: dirname(path) })
  }
  await freeSocketPath(path)
  const sockets = new Set<Socket>()
  let answer: ((socket: Socket) => void) | undefined
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    answer?.(socket)
  })
  // The folder is its owner's alone already; the umask of the moment must not decide about the socket.
  const before = process.umask(0o177)
  try {
    await listen(server, { path })
  } finally {
    process.umask(before)
  }
  return {
    path,
    serve(handlers, subscribe) {
      answer = (socket) => serve(linePipe(socket), handlers, subscribe, { name: 'console', role: 'administrator' })
      for (const socket of sockets) answer(socket)
    },
    async close() {
      const done = closed(server)
      for (const socket of sockets) socket.destroy()
      await done
    },
  }
}
