import { createSocket, Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Descriptor } from './descriptor.ts'
import { Outbox } from './outbox.ts'

afterEach(() => vi.restoreAllMocks())

const never = new AbortController().signal

async function outbox(): Promise<{ box: Outbox; heard: string[]; send: (text: string) => void; released: string[] }> {
  const [from, to] = [createSocket('udp4'), createSocket('udp4')]
  onTestFinished(() => { for (const socket of [from, to]) socket.close() })
  const heard: string[] = []
  to.on('message', (bytes) => heard.push(bytes.toString()))
  to.bind(0, '127.0.0.1')
  await once(to, 'listening')
  from.connect(to.address().port, '127.0.0.1')
  await once(from, 'connect')
  const box = new Outbox(from)
  const released: string[] = []
  return { box, heard, released, send: (text) => box.send({ bytes: Buffer.from(text), release: () => released.push(text) }) }
}

describe.each(['the descriptor', 'Node'])('an outbox by %s', (way) => {
  test('sends, and gives the memory back', async () => {
    if (way === 'Node') vi.spyOn(Descriptor, 'of').mockReturnValue(undefined)
    const viaNode = vi.spyOn(Socket.prototype, 'send')
    const { heard, released, send } = await outbox()
    for (const text of ['a', 'b', 'c']) send(text)
    await expect.poll(() => heard).toEqual(['a', 'b', 'c'])
    expect(released).toEqual(['a', 'b', 'c'])
    expect(viaNode).toHaveBeenCalledTimes(way === 'Node' || process.platform === 'win32' ? 3 : 0)
  })
})

describe.skipIf(process.platform === 'win32')('an outbox whose system has no room', () => {
  test('has Node wait for it, and loses nothing', async () => {
    vi.spyOn(Descriptor.prototype, 'write').mockReturnValueOnce(false)
    const { box, heard, send } = await outbox()
    send('a')
    expect(box.isFull).toBe(true)
    await box.room(5000, never)
    expect(box.isFull).toBe(false)
    send('b')
    await expect.poll(() => heard).toEqual(['a', 'b'])
  })

  test('is told when there is none for long, and stops waiting when it is to', async () => {
    vi.spyOn(Descriptor.prototype, 'write').mockReturnValue(false)
    vi.spyOn(Socket.prototype, 'send').mockImplementation(() => undefined)
    const { box, send } = await outbox()
    send('a')
    await expect(box.room(20, never)).rejects.toMatchObject({ result: 'multicastSender' })
    const stopped = new AbortController()
    const waiting = box.room(60_000, stopped.signal)
    stopped.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })
})

test('what cannot be sent is lost, and fails only when nothing can be sent for long', async () => {
  const write = vi.spyOn(Descriptor.prototype, 'write').mockImplementation(() => { throw new Error('ENETUNREACH') })
  if (process.platform === 'win32') vi.spyOn(Descriptor, 'of').mockReturnValue({ write } as unknown as Descriptor)
  const { box, released, send } = await outbox()
  send('a')
  expect(released).toEqual(['a'])
  expect(() => box.throwIfFailing(60_000)).not.toThrow()
  expect(() => box.throwIfFailing(0)).toThrow(expect.objectContaining({ result: 'multicastSender', message: expect.stringContaining('ENETUNREACH') }))
  write.mockReturnValue(true)
  send('b')
  expect(() => box.throwIfFailing(0)).not.toThrow()
})
