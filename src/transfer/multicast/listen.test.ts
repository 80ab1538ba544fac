import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Descriptor } from './descriptor.ts'
import { listen } from './listen.ts'

afterEach(() => vi.restoreAllMocks())

async function pair(): Promise<{ from: Socket; to: Socket }> {
  const [from, to] = [createSocket('udp4'), createSocket('udp4')]
  onTestFinished(() => { for (const socket of [from, to]) socket.close() })
  to.bind(0, '127.0.0.1')
  await once(to, 'listening')
  to.setRecvBufferSize(4 * 1024 * 1024)
  from.connect(to.address().port, '127.0.0.1')
  await once(from, 'connect')
  return { from, to }
}

function send(socket: Socket, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => error ? reject(error) : resolve())
  })
}

const numbered = (number: number): Buffer => {
  const bytes = Buffer.alloc(1000, number % 251)
  bytes.writeUInt32BE(number)
  return bytes
}

describe.skipIf(process.platform === 'win32')('a descriptor', () => {
  test('carries datagrams of every length, one at a time', async () => {
    const { from, to } = await pair()
    const [writing, reading] = [Descriptor.of(from)!, Descriptor.of(to)!]
    expect(reading.stopEvents()).toBe(true)
    const memory = Buffer.alloc(65_536)
    for (const length of [1, 0, 1472, 65_507]) {
      const datagram = Buffer.alloc(length, length % 251)
      expect(writing.write(datagram)).toBe(true)
      expect(reading.read(memory)).toBe(length)
      expect(memory.subarray(0, length).equals(datagram)).toBe(true)
      expect(reading.read(memory)).toBeUndefined()
    }
  })

  test('says what the system refuses, with the traces of other errors left as they were', async () => {
    const { from } = await pair()
    const { stackTraceLimit } = Error
    expect(() => Descriptor.of(from)!.write(Buffer.alloc(65_508))).toThrow(expect.objectContaining({ code: 'EMSGSIZE' }))
    expect(Error.stackTraceLimit).toBe(stackTraceLimit)
  })

  test('is nothing of a closed socket', async () => {
    const socket = createSocket('udp4')
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    socket.close()
    expect(Descriptor.of(socket)).toBeUndefined()
  })
})

describe.each(['by looking', 'by events'])('listening %s', (way) => {
  test('hands on every datagram in order, also many at once, and nothing once it is over', async () => {
    if (way === 'by events') vi.spyOn(Descriptor, 'of').mockReturnValue(undefined)
    const read = vi.spyOn(Descriptor.prototype, 'read')
    const { from, to } = await pair()
    const came: number[] = []
    let wrong = 0
    const stop = listen(to, {
      datagram: (bytes) => {
        const number = Buffer.from(bytes).readUInt32BE()
        came.push(number)
        if (!numbered(number).equals(bytes)) wrong += 1
        if (number === 599) stop()
      },
      failed: (error) => { throw error },
    })
    for (let number = 0; number < 650; number += 1) await send(from, numbered(number))
    await expect.poll(() => came.length).toBe(600)
    await new Promise((resolve) => { setTimeout(resolve, 30) })
    expect(came).toEqual(Array.from({ length: 600 }, (_, index) => index))
    expect(wrong).toBe(0)
    expect(read.mock.calls.length > 0).toBe(way === 'by looking' && process.platform !== 'win32')
  })
})

test('what cannot be read is told, and looking goes on', async () => {
  const { from, to } = await pair()
  vi.spyOn(Descriptor.prototype, 'read').mockImplementationOnce(() => { throw new Error('ENETDOWN') })
  const said: string[] = []
  const stop = listen(to, { datagram: (bytes) => said.push(Buffer.from(bytes).toString()), failed: ({ message }) => said.push(message) })
  await expect.poll(() => said).toEqual(['ENETDOWN'])
  await send(from, Buffer.from('here'))
  await expect.poll(() => said).toEqual(['ENETDOWN', 'here'])
  stop()
})

test('a system that keeps little for a socket is listened to by events: between two looks it would lose what comes', async () => {
  const { from, to } = await pair()
  to.setRecvBufferSize(65_536)
  const read = vi.spyOn(Descriptor.prototype, 'read')
  const said: string[] = []
  const stop = listen(to, { datagram: (bytes) => said.push(Buffer.from(bytes).toString()), failed: (error) => { throw error } })
  await send(from, Buffer.from('here'))
  await expect.poll(() => said).toEqual(['here'])
  expect(read).not.toHaveBeenCalled()
  stop()
})
