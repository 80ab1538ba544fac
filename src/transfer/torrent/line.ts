import { Socket, connect, type OnReadOpts, type TcpNetConnectOpts } from 'node:net'
import { BufferPool } from './buffer-pool.ts'

type Hear = (bytes: Uint8Array) => void

/** Bytes that are read at once. */
const READ = 64 * 1024
/** Bytes of memory that are kept for the next connections. */
const SPARE = 1024 * 1024
const pool = new BufferPool(READ, SPARE)

/**
 * A connection of which everything that comes is read into the same memory. Node takes new memory for each read otherwise, which
 * V8 has to collect: see `BufferPool`. Nothing is read until somebody listens.
 */
export class Line {
  readonly socket: Socket
  #hear: Hear = () => undefined

  private constructor(make: (hear: Hear) => Socket) {
    this.socket = make((bytes) => this.#hear(bytes))
    this.socket.pause()
  }

  /** Calls somebody. */
  static call(options: TcpNetConnectOpts): Line {
    return new Line((hear) => withMemory(hear, (onread) => connect({ ...options, onread })))
  }

  /**
   * Takes over a connection of which a server has read nothing yet (`pauseOnConnect`). `node:net` offers `onread` only to who
   * calls; who is called gets it by making the socket as its server does, of the handle of the connection.
   */
  static accept(accepted: Socket): Line {
    const handle: unknown = Reflect.get(accepted, '_handle')
    if (typeof handle !== 'object' || handle === null) return Line.over(accepted)
    Reflect.set(accepted, '_handle', null)
    accepted.destroy()
    return new Line((hear) => withMemory(hear, (onread) => {
      const options = { onread }
      Reflect.set(options, 'handle', handle)
      return new Socket(options)
    }))
  }

  /** A connection as it is, with new memory for each read. */
  static over(socket: Socket): Line {
    return new Line((hear) => socket.on('data', hear))
  }

  /** @param hear is told what comes from now on; the bytes are good until it returns */
  listen(hear: Hear): void {
    this.#hear = hear
    this.socket.resume()
  }
}

function withMemory(hear: Hear, make: (onread: OnReadOpts) => Socket): Socket {
  const lease = pool.lease(READ)
  const callback = (length: number): boolean => {
    hear(lease.bytes.subarray(0, length))
    return true
  }
  return make({ buffer: lease.bytes, callback }).once('close', () => lease.end())
}
