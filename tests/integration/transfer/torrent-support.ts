import { spawn, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { TorrentLayout } from '#shared/transfer/torrent/layout.ts'
import { makeMetainfo, type TorrentFile } from '#shared/wire/bittorrent/metainfo.ts'
import { downloadTorrent, type DownloadOptions } from '#transfer/torrent/download.ts'
import { PeerPort } from '#transfer/torrent/peer-port.ts'
import { torrentOf, type Torrent } from '#transfer/torrent/revision-torrent.ts'
import { createSeed, type Seed, type SeedOptions } from '#transfer/torrent/seed.ts'
import { inFolder } from '#transfer/torrent/storage.ts'
import { trackerHandler, type TrackerOptions } from '#transfer/torrent/tracker-handler.ts'

/** Each peer of a test has an address of its own: bans and limits go by addresses. */
export const address = (number: number): string => `127.77.0.${number}`
export const SEED = address(1)

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'clonaula-torrent-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

export interface MadeTorrent {
  torrent: Torrent
  folder: string
  /** SHA-256 of each file, by its path. */
  digests: Map<string, string>
}

/** A folder with random files of these sizes, and its torrent. */
export async function madeTorrent(sizes: readonly number[], pieceLength = 64 * 1024): Promise<MadeTorrent> {
  const folder = join(await temporaryFolder(), 'image')
  const files: TorrentFile[] = sizes.map((length, index) => ({ path: ['packs', `${index}.pack`], length }))
  const digests = new Map<string, string>()
  const contents = files.map(({ length }) => randomBytes(length))
  await mkdir(join(folder, 'packs'), { recursive: true })
  for (const [index, content] of contents.entries()) {
    await writeFile(join(folder, ...files[index]!.path), content)
    digests.set(files[index]!.path.join('/'), sha256(content))
  }
  const all = Buffer.concat(contents)
  const pieces = Buffer.concat(Array.from({ length: Math.ceil(all.length / pieceLength) }, (_, piece) =>
    createHash('sha1').update(all.subarray(piece * pieceLength, (piece + 1) * pieceLength)).digest()))
  return { torrent: await torrentOf(makeMetainfo({ name: 'image', files, pieceLength, pieces })), folder, digests }
}

/** SHA-256 of the files of a torrent as they are in a folder. */
export async function digestsIn(folder: string, { metainfo }: Torrent): Promise<Map<string, string>> {
  return new Map(await Promise.all(metainfo.files.map(async ({ path }) => [path.join('/'), sha256(await readFile(join(folder, ...path)))] as const)))
}

export async function flipBit(folder: string, { metainfo }: Torrent, piece: number): Promise<void> {
  const layout = new TorrentLayout(metainfo)
  const [segment] = layout.segments({ piece, begin: 1000, length: 1 })
  const path = join(folder, ...metainfo.files[segment!.file]!.path)
  const bytes = await readFile(path)
  bytes[segment!.offset]! ^= 1
  await writeFile(path, bytes)
}

export interface RunningTracker {
  url: string
  server: Server
  close: () => Promise<void>
}

export async function startTracker(options: Partial<TrackerOptions> & { port?: number } = {}): Promise<RunningTracker> {
  const handle = trackerHandler({ allowed: () => true, interval: 5, ...options })
  const server = createServer((request, response) => {
    if (!handle(request, response)) response.writeHead(404).end()
  })
  server.listen(options.port ?? 0, SEED)
  await once(server, 'listening')
  const bound = server.address()
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise<void>((resolve) => { server.close(() => resolve()) })
  }
  onTestFinished(close)
  return { url: `http://${SEED}:${typeof bound === 'object' && bound ? bound.port : 0}/announce`, server, close }
}

export interface RunningSeed extends Seed {
  port: PeerPort
}

export async function startSeed({ torrent, folder }: MadeTorrent, options: Partial<SeedOptions> & { at?: string; portNumber?: number } = {}): Promise<RunningSeed> {
  const host = options.at ?? SEED
  const port = await PeerPort.open({ host, port: options.portNumber ?? 0 })
  const seed = createSeed({ torrent, places: inFolder(folder), port, host, ...options })
  let closed: Promise<void> | undefined
  const close = (): Promise<void> => closed ??= (async () => {
    await seed.close()
    await port.close()
  })()
  onTestFinished(close)
  return { get figures() { return seed.figures }, close, port }
}

export interface StartedDownload {
  folder: string
  result: ReturnType<typeof downloadTorrent>
  stop: () => void
}

/** @param number of the client: its address, and its folder's name */
export async function startDownload(torrent: Torrent, number: number, options: Partial<DownloadOptions> & { folder?: string } = {}): Promise<StartedDownload> {
  const folder = options.folder ?? join(await temporaryFolder(), `client-${number}`)
  const stop = new AbortController()
  const result = downloadTorrent({
    torrent, places: inFolder(folder), trackers: [], mode: 'peer', seedSeconds: 0, host: address(number), signal: stop.signal, ...options,
  })
  result.catch(() => undefined)
  onTestFinished(async () => {
    stop.abort()
    await result.catch(() => undefined)
  })
  return { folder, result, stop: () => stop.abort() }
}

export interface StartedProgram {
  child: ChildProcess
  /** @throws Error with what it said when it fails */
  succeeded: () => Promise<void>
}

/** A program that is ended with the test. */
export function startProgram(command: string, args: readonly string[]): StartedProgram {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output = (output + data.toString()).slice(-20_000) })
  const ended = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await ended()
  })
  const succeeded = async (): Promise<void> => {
    await ended()
    if (child.exitCode !== 0) throw new Error(`${command} ended with ${child.exitCode ?? child.signalCode}: ${output}`)
  }
  return { child, succeeded }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
