import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { parseRange } from '#shared/wire/http-range.ts'
import { normaliseBootPath } from '../boot-path.ts'
import type { BootFile, BootTree, Requester } from '../tree/boot-tree.ts'
import type { FileEvent } from '../tree/file-event.ts'
import type { BootConnections } from './connections.ts'

/** Settles when the response is over; never rejects for what a client did. */
export type HttpHandler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

export interface BootHandlerOptions {
  tree: BootTree
  connections: BootConnections
  onEvent: (event: FileEvent) => void
}

/**
 * GET and HEAD over a boot tree, with single ranges (GRUB reads the kernel by ranges when it seeks).
 *
 * GRUB compares header names as they are spelt (`grub-core/net/http.c`, "Content-Length: "), so they go
 * out in canonical case; and it cannot read chunks, so a length is always given.
 */
export function createBootHandler({ tree, connections, onEvent }: BootHandlerOptions): HttpHandler {
  return async (request, response) => {
    connections.track(request, response)
    const [rawPath = '', rawQuery = ''] = (request.url ?? '').split('?', 2)
    const requester: Requester = {
      address: (request.socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
      protocol: 'http',
      query: new URLSearchParams(rawQuery),
    }
    const refuse = (status: number, reason: string) => {
      onEvent({ kind: 'refused', requester, path: rawPath, reason })
      sendText(response, status, reason)
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      refuse(405, 'this server is read-only')
      return
    }
    const path = normaliseBootPath(percentDecoded(rawPath))
    const file = path === undefined ? undefined : await tree.open(path, requester)
    if (path === undefined || file === undefined) {
      refuse(404, 'no such file')
      return
    }
    const range = rangeOf(request, file)
    describeFile(response, file)
    if (range === 'unsatisfiable') {
      response.setHeader('Content-Range', `bytes */${file.size}`)
      refuse(416, 'range beyond the end of the file')
      return
    }
    const { start, end } = range === 'whole' ? { start: 0, end: file.size } : range
    if (range !== 'whole') response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${file.size}`)
    response.setHeader('Content-Length', end - start)
    response.writeHead(range === 'whole' ? 200 : 206)
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    const started = performance.now()
    onEvent({ kind: 'started', requester, path, size: end - start })
    const result = await sendBytes(file, start, end, response)
    onEvent({ kind: 'ended', requester, path, ...result, milliseconds: Math.round(performance.now() - started) })
  }
}

/** Never throws: once the headers are out there is nobody left to tell but the log. */
async function sendBytes(
  file: BootFile, start: number, end: number, response: ServerResponse,
): Promise<{ outcome: 'complete' | 'aborted' | 'failed'; delivered: number }> {
  const source = file.read(start, end)
  let delivered = 0
  source.on('data', (chunk: Uint8Array) => { delivered += chunk.length })
  try {
    await pipeline(source, response)
    return { outcome: 'complete', delivered }
  } catch (error) {
    const gone = error instanceof Error && 'code' in error && BROKEN_OFF.has(String(error.code))
    // A client that has all it asked for may close before Node has heard that the last write was done.
    if (gone && delivered === end - start) return { outcome: 'complete', delivered }
    return { outcome: gone ? 'aborted' : 'failed', delivered }
  }
}

/** What Node says when the other side hangs up in the middle. */
const BROKEN_OFF: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'])

/** RFC 9110 §13.1.5: with an `If-Range` that does not name this very content, the range is void. */
function rangeOf(request: IncomingMessage, file: BootFile): ReturnType<typeof parseRange> {
  const condition = request.headers['if-range']
  if (condition !== undefined && condition !== entityTag(file)) return 'whole'
  return parseRange(request.headers.range, file.size)
}

function describeFile(response: ServerResponse, file: BootFile): void {
  response.setHeader('Accept-Ranges', 'bytes')
  response.setHeader('Content-Type', 'application/octet-stream')
  response.setHeader('Cache-Control', file.cacheable ? 'no-cache' : 'no-store')
  const tag = entityTag(file)
  if (tag !== undefined) response.setHeader('ETag', tag)
}

function entityTag(file: BootFile): string | undefined {
  return file.sha256 === undefined ? undefined : `"${file.sha256}"`
}

function sendText(response: ServerResponse, status: number, text: string): void {
  const body = Buffer.from(`${text}\n`)
  response.setHeader('Content-Type', 'text/plain; charset=utf-8')
  response.setHeader('Content-Length', body.length)
  response.writeHead(status)
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

/** A sequence that is not valid stays as it is, and names no file. */
function percentDecoded(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}
