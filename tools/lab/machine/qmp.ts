/** QEMU's monitor: one command at a time over its socket (QMP, docs/interop/qmp-spec). */
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { z } from 'zod'

const Message = z.union([
  z.object({ QMP: z.unknown() }),
  z.object({ return: z.unknown() }),
  z.object({ error: z.object({ desc: z.string() }) }),
  z.object({ event: z.string() }),
])

/** Resolves when QEMU has accepted the command. Throws with its words when it refuses, or when it is gone. */
export function qmp(socketPath: string, command: 'quit' | 'system_reset' | 'system_powerdown'): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect(socketPath)
  socket.setTimeout(5000, () => socket.destroy(new Error('QEMU does not answer')))
  const pending = ['qmp_capabilities', command]
  createInterface({ input: socket }).on('line', (line) => {
    const message = Message.parse(JSON.parse(line))
    if ('event' in message) return
    const next = pending.shift()
    if ('error' in message) socket.destroy(new Error(message.error.desc))
    else if (next === undefined) socket.end(resolve)
    else socket.write(`${JSON.stringify({ execute: next })}\n`)
  })
  socket.on('error', reject)
  socket.on('close', () => (pending.length === 0 ? resolve() : reject(new Error('QEMU closed its monitor'))))
  return promise
}
