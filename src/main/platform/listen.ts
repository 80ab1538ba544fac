import { lstatSync, rmSync } from 'node:fs'
import { connect, type AddressInfo, type Server } from 'node:net'

/** Listens, and rejects with the system's error instead of throwing it at the process. @returns the port. */
export function listen(server: Server, where: { host: string; port: number } | { path: string }): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: Error): void => reject(error)
    server.once('error', failed)
    server.listen(where, () => {
      server.off('error', failed)
      const address = server.address() as AddressInfo | string
      resolve(typeof address === 'string' ? 0 : address.port)
    })
  })
}

export function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
  })
}

/** Whether somebody answers on a Unix socket or named pipe. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/**
 * Removes the socket that a process left behind when it was killed. One that somebody answers on, or a
 * file that is no socket, stays: listening there then fails with EADDRINUSE, as it should.
 */
export async function freeSocketPath(path: string): Promise<void> {
  const isSocket = lstatSync(path, { throwIfNoEntry: false })?.isSocket() ?? false
  if (isSocket && !(await answers(path))) rmSync(path, { force: true })
}
