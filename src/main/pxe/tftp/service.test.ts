import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { Readable } from 'node:stream'
import { afterEach, expect, test, vi } from 'vitest'
import { decodeTftp, encodeTftp, type TftpPacket } from '#shared/wire/tftp.ts'
import { bindUdp, closeUdp } from '../udp.ts'
import { TftpService } from './service.ts'

const FILE = Buffer.alloc(1200, 'file')
const sockets: Socket[] = []
let service: TftpService | undefined
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.close()
  await service?.stop()
})

/** On a port of its own choosing, which is lost to nobody else: the service wants a number. */
async function start(limits: { maxTransfers?: number; maxPerAddress?: number }): Promise<{ port: number; drops: string[] }> {
  const probe = await bindUdp({ address: '127.0.0.1', port: 0 }, () => {})
  const { port } = probe.address()
  await closeUdp(probe)
  const drops: string[] = []
  service = new TftpService({
    address: '127.0.0.1', port, ...limits,
    tree: {
      open: async () => ({ size: FILE.length, cacheable: false, read: (from, to) => Readable.from([FILE.subarray(from, to)], { objectMode: false }) }),
    },
    onEvent: () => {}, onDrop: ({ reason }) => void drops.push(reason), onError: () => {},
  })
  await service.start()
  return { port, drops }
}

interface Client {
  send: () => void
  /** The next answer. */
  next: () => Promise<TftpPacket>
  /** Sends the request. @returns the first answer */
  ask: () => Promise<TftpPacket>
  /** Confirms a block. @returns the next answer */
  confirm: (block: number) => Promise<TftpPacket>
}

/** On a loopback address of its own. */
async function client(address: string, port: number): Promise<Client> {
  const socket = createSocket('udp4')
  sockets.push(socket)
  socket.bind({ address, port: 0 })
  await once(socket, 'listening')
  let server = port
  const next = async (): Promise<TftpPacket> => {
    const [bytes, from] = await once(socket, 'message') as [Buffer, { port: number }]
    server = from.port
    return decodeTftp(bytes)
  }
  const send = (): void => socket.send(encodeTftp({ op: 'read', file: 'x', mode: 'octet', options: new Map() }), port, '127.0.0.1')
  return {
    send,
    next,
    ask() {
      send()
      return next()
    },
    confirm(block) {
      socket.send(encodeTftp({ op: 'ack', block }), server, '127.0.0.1')
      return next()
    },
  }
}

test('clients that never answer make room for those that do', async () => {
  const { port } = await start({ maxTransfers: 3 })
  const real = await client('127.0.0.2', port)
  expect(await real.ask()).toMatchObject({ op: 'data', block: 1 })
  expect(await real.confirm(1)).toMatchObject({ op: 'data', block: 2 })
  for (let made = 10; made < 13; made += 1) expect(await (await client(`127.0.0.${made}`, port)).ask()).toMatchObject({ op: 'data' })
  const late = await client('127.0.0.3', port)
  expect(await late.ask()).toMatchObject({ op: 'data', block: 1 })
  expect(await late.confirm(1)).toMatchObject({ op: 'data', block: 2 })
  expect(await real.confirm(2)).toMatchObject({ op: 'data', block: 3 })
})

test('one address has only so many transfers', async () => {
  const { port, drops } = await start({ maxPerAddress: 2 })
  for (let time = 0; time < 2; time += 1) await (await client('127.0.0.2', port)).ask()
  const third = await client('127.0.0.2', port)
  third.send()
  const answered = vi.fn<() => void>()
  third.next().then(answered, answered)
  expect(await (await client('127.0.0.3', port)).ask()).toMatchObject({ op: 'data' })
  expect(drops).toEqual(['too-many-transfers'])
  expect(answered).not.toHaveBeenCalled()
})
