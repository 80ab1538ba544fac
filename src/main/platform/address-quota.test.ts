import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { HttpService } from '../pxe/index.ts'
import { admitByAddress, createAddressQuota } from './address-quota.ts'

const sockets: Socket[] = []
let service: HttpService | undefined
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await service?.stop()
})

test('every place that is given back can be taken again', () => {
  const quota = createAddressQuota(2)
  const takeAll = (): boolean[] => [1, 2, 3].map(() => quota.take('10.0.0.1'))
  expect(takeAll()).toEqual([true, true, false])
  quota.giveBack('10.0.0.1')
  quota.giveBack('10.0.0.1')
  expect(takeAll()).toEqual([true, true, false])
})

test('an address holds so many connections, others theirs, and a place that is given back is free', async () => {
  service = new HttpService({
    address: '127.0.0.1', port: 0, admit: admitByAddress(2), onError: () => {},
    handler: async (_, response) => void response.writeHead(204).end(),
  })
  await service.start()
  const { port } = service
  const dial = (localAddress: string): Socket => {
    const socket = connect({ port, host: '127.0.0.1', localAddress })
    socket.on('error', () => {})
    sockets.push(socket)
    return socket
  }
  const answered = async (socket: Socket): Promise<boolean> => {
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
    return Promise.race([once(socket, 'data').then(() => true), once(socket, 'close').then(() => false)])
  }
  const held = [dial('127.0.0.2'), dial('127.0.0.2')]
  expect(await Promise.all(held.map(answered))).toEqual([true, true])
  expect(await answered(dial('127.0.0.2'))).toBe(false)
  expect(await answered(dial('127.0.0.3'))).toBe(true)
  held[0]!.destroy()
  await expect.poll(() => answered(dial('127.0.0.2'))).toBe(true)
})
