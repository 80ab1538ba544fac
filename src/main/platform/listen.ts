import type { AddressInfo, Server } from 'node:net'

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
