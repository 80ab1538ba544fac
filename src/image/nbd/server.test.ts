import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { decodeNbdReply, encodeNbdRequest, MAX_NBD_PAYLOAD, NBD_COMMAND, NBD_ERROR, NBD_REPLY_LENGTH } from '#shared/wire/nbd.ts'
import {
  decodeNbdInfo, decodeNbdOptionReply, decodeNbdServer, encodeNbdClientFlags, encodeNbdGo, encodeNbdOption, NBD_EXPORT_FLAG,
  NBD_LENGTH, NBD_OPTION, NBD_REPLY, type NbdOptionReply,
} from '#shared/wire/nbd-handshake.ts'
import type { ReadDevice, WriteDevice } from './block-device.ts'
import { ExactReader } from './exact-reader.ts'
import { NbdServer } from './server.ts'

const SIZE = 1024 * 1024

/** Memory as a device; `broken` offsets fail. */
function memory(): WriteDevice & { bytes: Buffer; flushes: number; broken: Set<number> } {
  const bytes = Buffer.alloc(SIZE, 'clonaula ')
  const device = {
    bytes, flushes: 0, broken: new Set<number>(), size: SIZE,
    read: async (into: Uint8Array, offset: number) => {
      if (device.broken.has(offset)) throw new ClonaulaError('corruptImage', 'damaged')
      into.set(bytes.subarray(offset, offset + into.length))
    },
    write: async (data: Uint8Array, offset: number) => {
      if (device.broken.has(offset)) throw new ClonaulaError('noSpace', 'full')
      bytes.set(data, offset)
    },
    zero: async (offset: number, length: number) => void bytes.fill(0, offset, offset + length),
    flush: async () => void (device.flushes += 1),
  }
  return device
}

/** The client's side, written from the protocol and not from the server. */
class Client {
  readonly socket: Socket
  readonly #reader: ExactReader

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('error', () => undefined)
    this.#reader = new ExactReader(socket)
  }

  static async greet(path: string): Promise<Client> {
    const client = new Client(connect(path))
    await client.read(NBD_LENGTH.greeting)
    client.send(encodeNbdClientFlags({ fixedNewstyle: true, noZeroes: true }))
    return client
  }

  send(...parts: Uint8Array[]): void {
    for (const part of parts) this.socket.write(part)
  }

  async read(length: number): Promise<Buffer> {
    const bytes = await this.#reader.read(length)
    if (!bytes) throw new Error('the server hung up')
    return bytes
  }

  /** Sets an option; gives all replies to it, the final one included. */
  async option(option: number, data: Uint8Array = new Uint8Array()): Promise<NbdOptionReply[]> {
    this.send(encodeNbdOption({ option, data }))
    const replies: NbdOptionReply[] = []
    for (;;) {
      const header = await this.read(NBD_LENGTH.optionReplyHeader)
      const reply = decodeNbdOptionReply(Buffer.concat([header, await this.read(header.readUInt32BE(16))]))
      replies.push(reply)
      if (reply.type === NBD_REPLY.ack || reply.type >= NBD_REPLY.unsupported) return replies
    }
  }

  request(command: number, offset: number, length: number, { flags = 0, data = new Uint8Array(), cookie = 1n } = {}): void {
    this.send(encodeNbdRequest({ flags, command, cookie, offset: BigInt(offset), length }), data)
  }

  async reply(dataLength = 0): Promise<{ error: number; cookie: bigint; data: Buffer }> {
    const { error, cookie } = decodeNbdReply(await this.read(NBD_REPLY_LENGTH))
    return { error, cookie, data: await this.read(error === 0 ? dataLength : 0) }
  }

  async hungUp(): Promise<boolean> {
    this.socket.removeAllListeners('readable').resume()
    if (!this.socket.closed) await once(this.socket, 'close')
    return true
  }
}

let folder: string
let path: string
let server: NbdServer
let device: ReturnType<typeof memory>
let errors: unknown[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clonaula-nbd-'))
  path = join(folder, 'socket')
  device = memory()
  errors = []
  const readOnly: ReadDevice = { size: SIZE, read: (into, offset) => device.read(into, offset) }
  server = await NbdServer.listen({
    listen: { path }, exports: [{ name: 'disk', device }, { name: 'sólo', device: readOnly }], onError: (error) => errors.push(error),
  })
})
afterEach(async () => {
  await server.close()
  await rm(folder, { recursive: true })
})

async function chosen(name: string): Promise<Client> {
  const client = await Client.greet(path)
  const replies = await client.option(NBD_OPTION.go, encodeNbdGo({ name, wanted: [] }))
  expect(replies.at(-1)!.type).toBe(NBD_REPLY.ack)
  return client
}

describe('the handshake', () => {
  test('lists, describes and refuses without hanging up', async () => {
    const client = await Client.greet(path)
    const list = await client.option(NBD_OPTION.list)
    expect(list.slice(0, -1).map(({ data }) => decodeNbdServer(data))).toEqual(['disk', 'sólo'])
    const [facts, sizes] = await client.option(NBD_OPTION.info, encodeNbdGo({ name: 'sólo', wanted: [3] }))
    const info = decodeNbdInfo(facts!.data)
    expect(info).toMatchObject({ size: BigInt(SIZE) })
    expect(info && 'flags' in info && info.flags & (NBD_EXPORT_FLAG.readOnly | NBD_EXPORT_FLAG.trim)).toBe(NBD_EXPORT_FLAG.readOnly)
    expect(decodeNbdInfo(sizes!.data)).toEqual({ minimum: 1, preferred: 4096, maximum: MAX_NBD_PAYLOAD })
    for (const [option, data, type] of [
      [NBD_OPTION.structuredReply, '', NBD_REPLY.unsupported], [NBD_OPTION.startTls, '', NBD_REPLY.unsupported], [9999, 'x', NBD_REPLY.unsupported],
      [NBD_OPTION.list, 'x', NBD_REPLY.invalid], [NBD_OPTION.go, 'x', NBD_REPLY.invalid],
      [NBD_OPTION.go, encodeNbdGo({ name: 'other', wanted: [] }), NBD_REPLY.unknownExport],
    ] as const) {
      expect((await client.option(option, Buffer.from(data))).map((reply) => reply.type)).toEqual([type])
    }
    expect((await client.option(NBD_OPTION.abort)).map((reply) => reply.type)).toEqual([NBD_REPLY.ack])
    expect(await client.hungUp()).toBe(true)
  })

  test('the oldest option gives the default export, or nothing', async () => {
    const client = await Client.greet(path)
    client.send(encodeNbdOption({ option: NBD_OPTION.exportName, data: new Uint8Array() }))
    expect((await client.read(10)).readBigUInt64BE()).toBe(BigInt(SIZE))
    client.request(NBD_COMMAND.read, 0, 8)
    expect((await client.reply(8)).data.toString()).toBe('clonaula')
    const other = await Client.greet(path)
    other.send(encodeNbdOption({ option: NBD_OPTION.exportName, data: Buffer.from('no') }))
    expect(await other.hungUp()).toBe(true)
  })

  test.each([
    ['unknown flags', Buffer.from('ffffffff', 'hex')],
    ['another protocol', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
    ['an absurd length', Buffer.concat([encodeNbdClientFlags({ fixedNewstyle: true, noZeroes: true }), Buffer.from('49484156454f505400000007ffffffff', 'hex')])],
  ])('hangs up on %s, and on nobody else', async (_what, bytes) => {
    const other = await chosen('disk')
    const client = new Client(connect(path))
    client.send(bytes)
    expect(await client.hungUp()).toBe(true)
    other.request(NBD_COMMAND.read, 0, 8)
    expect((await other.reply(8)).data.toString()).toBe('clonaula')
  })
})

describe('requests', () => {
  test('write, zero, trim and flush', async () => {
    const client = await chosen('disk')
    client.request(NBD_COMMAND.write, 4096, 5, { data: Buffer.from('texto') })
    expect(await client.reply()).toMatchObject({ error: 0 })
    client.request(NBD_COMMAND.writeZeroes, 0, 4, { flags: 2 })
    expect(await client.reply()).toMatchObject({ error: 0 })
    client.request(NBD_COMMAND.trim, 8192, 4096)
    expect(await client.reply()).toMatchObject({ error: 0 })
    client.request(NBD_COMMAND.read, 4090, 11)
    expect((await client.reply(11)).data.subarray(6).toString()).toBe('texto')
    expect(device.bytes.subarray(0, 5).toString('latin1')).toBe('\0\0\0\0a')
    expect(device.flushes).toBe(0)
    client.request(NBD_COMMAND.flush, 0, 0)
    expect(await client.reply()).toMatchObject({ error: 0 })
    client.request(NBD_COMMAND.write, 0, 1, { flags: 1, data: Buffer.from('x') })
    expect(await client.reply()).toMatchObject({ error: 0 })
    expect(device.flushes).toBe(2)
  })

  test.each([
    ['a write to a read-only export', NBD_COMMAND.write, 0, 1, 0, NBD_ERROR.notPermitted],
    ['a trim of a read-only export', NBD_COMMAND.trim, 0, 1, 0, NBD_ERROR.notPermitted],
    ['a read beyond the end', NBD_COMMAND.read, SIZE - 1, 2, 0, NBD_ERROR.invalid],
    ['a read of more than is allowed', NBD_COMMAND.read, 0, MAX_NBD_PAYLOAD + 1, 0, NBD_ERROR.overflow],
    ['a command of another time', 42, 0, 0, 0, NBD_ERROR.invalid],
    ['a flag that means nothing here', NBD_COMMAND.read, 0, 1, 2, NBD_ERROR.invalid],
  ])('%s is refused, and the next request served', async (_what, command, offset, length, flags, error) => {
    const client = await chosen('sólo')
    client.request(command, offset, length, { flags, data: command === NBD_COMMAND.write ? Buffer.alloc(length) : Buffer.alloc(0), cookie: 77n })
    expect(await client.reply()).toMatchObject({ error, cookie: 77n })
    client.request(NBD_COMMAND.read, 0, 8)
    expect((await client.reply(8)).data.toString()).toBe('clonaula')
  })

  test('a write beyond the end is told from one that fits', async () => {
    const client = await chosen('disk')
    client.request(NBD_COMMAND.write, SIZE, 1, { data: Buffer.from('x') })
    expect(await client.reply()).toMatchObject({ error: NBD_ERROR.noSpace })
  })

  test('what fails is a number for the client, and the whole error for the server', async () => {
    device.broken.add(512)
    const client = await chosen('disk')
    client.request(NBD_COMMAND.read, 512, 10)
    expect(await client.reply()).toMatchObject({ error: NBD_ERROR.io })
    client.request(NBD_COMMAND.write, 512, 1, { data: Buffer.from('x') })
    expect(await client.reply()).toMatchObject({ error: NBD_ERROR.noSpace })
    expect(errors).toMatchObject([{ result: 'corruptImage' }, { result: 'noSpace' }])
  })

  test('many at once, each answered by its own bytes', async () => {
    const client = await chosen('disk')
    const count = 500
    for (let at = 0; at < count; at += 1) client.request(NBD_COMMAND.read, at * 9 + 9 * (at % 7), 9, { cookie: BigInt(at) })
    const seen = new Set<bigint>()
    for (let at = 0; at < count; at += 1) {
      const { cookie, data } = await client.reply(9)
      expect(data.toString()).toBe('clonaula ')
      seen.add(cookie)
    }
    expect(seen.size).toBe(count)
  })

  test('arriving a byte at a time are waited for, and others are served meanwhile', async () => {
    const [slow, other] = [await chosen('disk'), await chosen('disk')]
    const bytes = Buffer.concat([
      encodeNbdRequest({ flags: 0, command: NBD_COMMAND.write, cookie: 5n, offset: 0n, length: 5 }), Buffer.from('lento'),
    ])
    for (const byte of bytes) {
      slow.send(Buffer.of(byte))
      other.request(NBD_COMMAND.read, 8192, 1)
      await other.reply(1)
    }
    expect(await slow.reply()).toMatchObject({ error: 0, cookie: 5n })
    expect(device.bytes.subarray(0, 5).toString()).toBe('lento')
  })

  test('disconnecting is answered by hanging up, after what was asked before', async () => {
    const client = await chosen('disk')
    client.request(NBD_COMMAND.read, 0, SIZE)
    client.request(NBD_COMMAND.disconnect, 0, 0)
    expect((await client.reply(SIZE)).data.equals(device.bytes)).toBe(true)
    expect(await client.hungUp()).toBe(true)
  })

  test('hangs up on a write that is too large to skip, and on garbage', async () => {
    const large = await chosen('disk')
    large.request(NBD_COMMAND.write, 0, MAX_NBD_PAYLOAD + 1)
    expect(await large.hungUp()).toBe(true)
    const garbled = await chosen('disk')
    garbled.send(Buffer.alloc(28, 7))
    expect(await garbled.hungUp()).toBe(true)
  })

  test('closing waits for what is under way, and no reply of it is needed', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    let ended = false
    device.write = async () => {
      await promise
      ended = true
    }
    const client = await chosen('disk')
    client.request(NBD_COMMAND.write, 0, 1, { data: Buffer.from('x') })
    await sleep(50)
    const closing = server.close()
    expect(await Promise.race([closing, sleep(50, 'waits')])).toBe('waits')
    resolve()
    await closing
    expect(ended).toBe(true)
  })

  test('listens on a port of this computer too', async () => {
    await using tcp = await NbdServer.listen({ listen: { port: 0 }, exports: [{ name: 'disk', device }] })
    const { port, hostname } = new URL(tcp.uri('disk'))
    expect(hostname).toBe('127.0.0.1')
    const client = new Client(connect(Number(port), hostname))
    expect((await client.read(8)).toString()).toBe('NBDMAGIC')
    client.socket.destroy()
  })
})
