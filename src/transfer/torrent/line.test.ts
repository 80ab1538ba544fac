import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { Line } from './line.ts'

/** Both ends of a connection. */
async function connected(): Promise<{ calling: Line; called: Line }> {
  const { promise, resolve } = Promise.withResolvers<Line>()
  const server = createServer({ pauseOnConnect: true }, (socket) => resolve(Line.accept(socket))).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const calling = Line.call({ host: '127.0.0.1', port: (server.address() as AddressInfo).port })
  const called = await promise
  onTestFinished(() => {
    for (const { socket } of [calling, called]) socket.destroy()
    server.close()
  })
  return { calling, called }
}

/** What comes from now on, until there is so much of it. */
function heard(line: Line, length: number): Promise<{ text: string; memory: Set<ArrayBufferLike> }> {
  const { promise, resolve } = Promise.withResolvers<{ text: string; memory: Set<ArrayBufferLike> }>()
  let text = ''
  const memory = new Set<ArrayBufferLike>()
  line.listen((bytes) => {
    text += Buffer.from(bytes).toString()
    memory.add(bytes.buffer)
    if (text.length >= length) resolve({ text, memory })
  })
  return promise
}

test.each(['calling', 'called'] as const)('who is %s reads everything into the same memory, once somebody listens', async (side) => {
  const { calling, called } = await connected()
  const [reading, writing] = side === 'calling' ? [calling, called] : [called, calling]
  writing.socket.write('first')
  await sleep(20)
  const text = 'x'.repeat(300_000)
  writing.socket.write(text)
  const all = await heard(reading, 300_005)
  expect(all.text).toBe(`first${text}`)
  expect(all.memory.size).toBe(1)
  expect(reading.socket.remoteAddress).toBe('127.0.0.1')
})

test('what comes while it is paused is not lost, and its end is told', async () => {
  const { calling, called } = await connected()
  const first = heard(called, 3)
  calling.socket.write('one')
  await first
  called.socket.pause()
  calling.socket.end('two')
  await sleep(20)
  const ended = once(called.socket, 'close')
  expect((await heard(called, 3)).text).toBe('two')
  await ended
})
