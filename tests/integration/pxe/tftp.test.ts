import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeTftp, encodeTftp, type TftpPacket } from '#shared/wire/tftp.ts'
import { TftpService } from '../../../src/main/pxe/tftp/service.ts'
import { StaticTree } from '../../../src/main/pxe/tree/static-tree.ts'
import type { FileEvent } from '../../../src/main/pxe/tree/file-event.ts'

const run = promisify(execFile)
const ADDRESS = '127.0.0.1'
const PORT = 20_069
/** More than 65,535 blocks of 512 bytes. */
const ROLLOVER = 34 * 1024 * 1024
const SIZES = [0, 511, 512, 513, 1468, 1468 * 7, 1468 * 40 + 1, ROLLOVER]

const events: FileEvent[] = []
const drops: string[] = []
let folder: string
let service: TftpService

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tftp-'))
  for (const size of SIZES) await writeFile(join(folder, `${size}`), randomBytes(size))
  await writeFile(join(folder, 'secret'), 'not listed')
  service = new TftpService({
    address: ADDRESS, port: PORT, maxTransfers: 3,
    tree: new StaticTree(folder, SIZES.map((size) => ({ path: `${size}` }))),
    onEvent: (event) => { events.push(event) },
    onDrop: ({ reason }) => { drops.push(reason) },
    onError: (error) => { throw error },
  })
  await service.start()
})
afterAll(async () => {
  await service.stop()
  await rm(folder, { recursive: true })
})

const digest = async (path: string) => createHash('sha256').update(await readFile(path)).digest('hex')

/** The digests of what was fetched and of what should have been. */
async function fetched(program: string, argv: string[], output: string, size: number): Promise<[string, string]> {
  await run(program, argv, { cwd: folder, timeout: 150_000 })
  return [await digest(join(folder, output)), await digest(join(folder, `${size}`))]
}

describe('clients that schools have', () => {
  test.each(SIZES)('tftp-hpa fetches %i bytes with plain RFC 1350', async (size) => {
    const argv = ['-m', 'binary', ADDRESS, String(PORT), '-c', 'get', `${size}`, 'hpa.out']
    const [got, expected] = await fetched('tftp', argv, 'hpa.out', size)
    expect(got).toBe(expected)
  })

  // curl 7.88 fails on empty files by itself: it asks for the peer of a socket that it never connected.
  const notEmpty = SIZES.filter((size) => size > 0)
  test.each(notEmpty.flatMap((size) => [[size, 512], [size, 1468]]))('curl fetches %i bytes with blksize %i', async (size, blockSize) => {
    const argv = ['-sS', '--tftp-blksize', String(blockSize), '-o', 'curl.out', `tftp://${ADDRESS}:${PORT}/${size}`]
    const [got, expected] = await fetched('curl', argv, 'curl.out', size)
    expect(got).toBe(expected)
  })

  test('what is not listed is not there, and nothing can be written', async () => {
    const url = `tftp://${ADDRESS}:${PORT}`
    await expect(run('curl', ['-sS', `${url}/secret`])).rejects.toMatchObject({ code: 68 }) // CURLE_TFTP_NOTFOUND
    await expect(run('curl', ['-sS', '--path-as-is', `${url}/../secret`])).rejects.toMatchObject({ code: 69 }) // CURLE_TFTP_PERM
    await expect(run('curl', ['-sS', '-T', join(folder, 'secret'), `${url}/new`])).rejects.toMatchObject({ code: 69 })
  })
})

/** A client that does what no honest one does. */
class RawClient {
  readonly socket: Socket = createSocket('udp4')
  /** The transfer's own port, once it is known. */
  port = PORT

  send(packet: TftpPacket | Uint8Array): void {
    this.socket.send(packet instanceof Uint8Array ? packet : encodeTftp(packet), this.port, ADDRESS)
  }

  async receive(): Promise<TftpPacket> {
    const [bytes, from] = (await once(this.socket, 'message', { signal: AbortSignal.timeout(5000) })) as [Buffer, { port: number }]
    this.port = from.port
    return decodeTftp(bytes)
  }

  request(file: string, options: Record<string, string> = {}, mode = 'octet'): Promise<TftpPacket> {
    const answer = this.receive()
    this.send({ op: 'read', file, mode, options: new Map(Object.entries(options)) })
    return answer
  }

  /** Ends what is running, so that it does not count as a transfer any more. */
  async close(): Promise<void> {
    const abort = encodeTftp({ op: 'error', code: 0, message: '' })
    if (this.port !== PORT) await new Promise((sent) => { this.socket.send(abort, this.port, ADDRESS, sent) })
    this.socket.close()
  }
}

async function withClient(body: (client: RawClient) => Promise<void>): Promise<void> {
  const client = new RawClient()
  try {
    await body(client)
  } finally {
    await client.close()
  }
}

describe('on the wire', () => {
  test.each([
    ['netascii', 0],
    ['mail', 4],
  ])('refuses mode %s with error %i', (mode, code) => withClient(async (client) => {
    expect(await client.request('512', {}, mode)).toMatchObject({ op: 'error', code, message: expect.stringContaining(mode) })
  }))

  test('sends whole windows (RFC 7440)', () => withClient(async (client) => {
    const terms = { blksize: '1468', windowsize: '4', tsize: '0' }
    expect(await client.request(`${1468 * 7}`, terms)).toEqual({ op: 'options', options: new Map([['blksize', '1468'], ['windowsize', '4'], ['tsize', `${1468 * 7}`]]) })
    const blocks: TftpPacket[] = []
    client.socket.on('message', (bytes: Buffer) => { blocks.push(decodeTftp(bytes)) })
    client.send({ op: 'ack', block: 0 })
    await expect.poll(() => blocks.length).toBe(4)
    client.send({ op: 'ack', block: 4 })
    await expect.poll(() => blocks.length).toBe(8)
    expect(blocks.map((packet) => (packet.op === 'data' ? [packet.block, packet.data.length] : packet.op)))
      .toEqual([[1, 1468], [2, 1468], [3, 1468], [4, 1468], [5, 1468], [6, 1468], [7, 1468], [8, 0]])
    client.send({ op: 'ack', block: 8 })
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'ended', outcome: 'complete', delivered: 1468 * 7 })
  }))

  test('repeats what was lost', () => withClient(async (client) => {
    expect(await client.request('513')).toMatchObject({ op: 'data', block: 1 })
    expect(await client.receive()).toMatchObject({ op: 'data', block: 1 })
  }))

  test('takes a request that comes twice for one', () => withClient(async (client) => {
    const first = await client.request('513')
    const { port } = client
    client.port = PORT
    client.send({ op: 'read', file: '513', mode: 'octet', options: new Map() })
    expect(await client.receive()).toEqual(first)
    expect(client.port).toBe(port)
  }))

  test('tells a stranger on a transfer\'s port, and carries on (RFC 1350 §4)', () => withClient(async (client) => {
    await client.request('513')
    await withClient(async (stranger) => {
      stranger.port = client.port
      const answer = stranger.receive()
      stranger.send({ op: 'ack', block: 1 })
      expect(await answer).toMatchObject({ op: 'error', code: 5 })
    })
    const next = client.receive()
    client.send({ op: 'ack', block: 1 })
    expect(await next).toMatchObject({ op: 'data', block: 2 })
  }))

  test('notes an abort', () => withClient(async (client) => {
    await client.request(`${ROLLOVER}`, { tsize: '0' })
    client.send({ op: 'error', code: 8, message: 'only the size' })
    await expect.poll(() => events.at(-1)).toMatchObject({ kind: 'ended', path: `${ROLLOVER}`, outcome: 'aborted', delivered: 0 })
  }))

  test('is silent to more clients at once than it serves, and serves them later', async () => {
    const clients = [1, 2, 3, 4].map(() => new RawClient())
    const [waiting, ...served] = clients
    for (const client of served) {
      await client.request('513')
      const next = client.receive()
      client.send({ op: 'ack', block: 1 }) // heard once more: no made-up client
      await next
    }
    waiting?.send({ op: 'read', file: '513', mode: 'octet', options: new Map() })
    await expect.poll(() => drops.at(-1)).toBe('too-many-transfers')
    const before = events.length
    served[0]?.send({ op: 'error', code: 0, message: '' })
    await expect.poll(() => events.slice(before)).toMatchObject([{ kind: 'ended', outcome: 'aborted' }])
    expect(await waiting?.request('513')).toMatchObject({ op: 'data', block: 1 })
    await Promise.all(clients.map((client) => client.close()))
  })

  test('drops what is no request', () => withClient(async (client) => {
    for (const [bytes, reason] of [[Uint8Array.of(0, 9), 'unknown-opcode'], [Uint8Array.of(0, 4, 0, 1), 'not-a-request'], [new Uint8Array(0), 'truncated']] as const) {
      client.send(bytes)
      await expect.poll(() => drops.at(-1)).toBe(reason)
    }
  }))
})
