/** Runs in the console's namespace: a socket file's callers reach its loopback. `node relay.ts FILE PORT` */
import { connect, createServer, type Socket } from 'node:net'

/** Each gets what the other sends; when one is gone the other goes too. */
export function join(a: Socket, b: Socket): void {
  a.pipe(b).pipe(a)
  for (const [from, to] of [[a, b], [b, a]] as const) {
    from.on('error', () => to.destroy())
    from.on('close', () => to.destroy())
  }
}

if (import.meta.main) {
  const [file = '', port = ''] = process.argv.slice(2)
  createServer((caller) => join(caller, connect(Number(port), '127.0.0.1'))).listen(file)
}
