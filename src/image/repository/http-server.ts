import { stat } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ClonaulaError, toErrorRecord } from '#shared/domain/errors.ts'
import type { ResultName } from '#shared/domain/result-codes.ts'
import { DIGEST_LENGTH, fromHex } from '#shared/formats/digest.ts'
import { parseRange } from '#shared/wire/http-range.ts'
import { checkManifest } from '../check-manifest.ts'
import { MAX_LOCATE, type ManifestId } from '../store.ts'
import { fileError } from './files.ts'
import type { LocalRepository } from './local.ts'
import { NO_TURNS, sendFile, type SendTurns } from './send-file.ts'

/** What a requester may do. */
export interface Rights {
  /** Packs and manifests, by their names. */
  read: boolean
  /** Asking which chunks are here, and adding packs and manifests. */
  write: boolean
  /** Told each manifest that this requester has published, before the answer goes out. */
  published?: (manifest: ManifestId) => void
  /** Whose share of what goes out it uses up; absent: that of its address. */
  client?: string
}

export interface RepositoryHandlerOptions {
  repository: LocalRepository
  /** Who asks, by token; `undefined` = nobody that is known (401). */
  authorize: (request: IncomingMessage) => Rights | undefined | Promise<Rights | undefined>
  /** What comes before `/packs/…` in the path, e.g. `/repository`. */
  prefix?: string
  /** Bytes that a manifest may have. */
  maxManifest?: number
  /** When packs and manifests go out; at once, unless said. */
  turns?: SendTurns
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void>

interface Call {
  request: IncomingMessage
  response: ServerResponse
  repository: LocalRepository
  id: string
  rights: Rights
  maxManifest: number
  turns: SendTurns
}

interface Route {
  right: 'read' | 'write'
  run: (call: Call) => Promise<void>
}

const ROUTES: Record<string, Route> = {
  'GET packs': { right: 'read', run: (call) => answerFile(call, call.repository.packPath(call.id)) },
  'HEAD packs': { right: 'read', run: (call) => answerFile(call, call.repository.packPath(call.id)) },
  'PUT packs': { right: 'write', run: putPack },
  'GET manifests': { right: 'read', run: (call) => answerFile(call, call.repository.manifestPath(call.id)) },
  'HEAD manifests': { right: 'read', run: (call) => answerFile(call, call.repository.manifestPath(call.id)) },
  'PUT manifests': { right: 'write', run: putManifest },
  'POST locate': { right: 'write', run: locate },
}

/** Status of the errors that say more than 500. */
const STATUS: Partial<Record<ResultName, number>> = {
  notFound: 404, unauthenticated: 401, forbidden: 403, invalidRequest: 400, corruptImage: 422, image: 409,
  noSpace: 507,
  // Somebody takes things away, which does not last: clients try again.
  locked: 503,
}

/**
 * Serves a repository on `node:http`: `GET|HEAD|PUT packs/<id>`, `GET|HEAD|PUT manifests/<id>`, `POST locate`
 * (docs/image-format.md). It answers every request that it is given, errors as JSON `ErrorRecord`s; it never throws.
 */
export function repositoryHandler(options: RepositoryHandlerOptions): Handler {
  const { repository, maxManifest = 256 * 1024 * 1024, turns = NO_TURNS } = options
  return async (request, response) => {
    try {
      const { route, id } = routeOf(request, options.prefix ?? '')
      const rights = await options.authorize(request)
      if (!rights) throw new ClonaulaError('unauthenticated', 'a token is needed')
      if (!rights[route.right]) throw new ClonaulaError('forbidden', `no right to ${route.right}`)
      await route.run({ request, response, repository, id, rights, maxManifest, turns })
    } catch (error) {
      sendError(request, response, error)
    }
  }
}

function routeOf(request: IncomingMessage, prefix: string): { route: Route; id: string } {
  const path = (request.url ?? '').split('?')[0]!
  const fields = /^\/(packs|manifests|locate)(?:\/([0-9a-f]{64}))?$/.exec(path.startsWith(prefix) ? path.slice(prefix.length) : '')
  const route = fields && ROUTES[`${request.method} ${fields[1]}`]
  if (!route || (fields[2] === undefined) !== (fields[1] === 'locate')) {
    throw new ClonaulaError('notFound', `no such thing: ${request.method} ${path.slice(0, 200)}`)
  }
  return { route, id: fields[2] ?? '' }
}

async function answerFile({ request, response, id, rights, turns }: Call, path: string): Promise<void> {
  const { size } = await stat(path).catch((cause: unknown) => {
    throw fileError(path, cause)
  })
  const range = parseRange(request.headers.range, size)
  // The name is the hash of the content: it never changes.
  response.setHeader('ETag', `"${id}"`).setHeader('Cache-Control', 'private, max-age=31536000, immutable')
  response.setHeader('Accept-Ranges', 'bytes').setHeader('Content-Type', 'application/octet-stream')
  if (range === 'unsatisfiable') {
    response.writeHead(416, { 'Content-Range': `bytes */${size}`, 'Content-Length': 0 }).end()
    return
  }
  const { start, end } = range === 'whole' ? { start: 0, end: size } : range
  if (range !== 'whole') response.setHeader('Content-Range', `bytes ${start}-${end - 1}/${size}`)
  response.writeHead(range === 'whole' ? 200 : 206, { 'Content-Length': end - start })
  if (request.method === 'HEAD' || size === 0) response.end()
  else await sendFile(response, { path, start, end, turns, client: rights.client ?? request.socket.remoteAddress ?? '' })
}

async function putPack({ request, response, repository, id }: Call): Promise<void> {
  await repository.receivePack(id, request)
  request.resume() // a pack that is here already was not read
  response.writeHead(204).end()
}

async function putManifest({ request, response, repository, id, rights, maxManifest }: Call): Promise<void> {
  const bytes = await readBody(request, maxManifest)
  await checkManifest(id, bytes)
  const published = await repository.publish(bytes)
  rights.published?.(published)
  response.writeHead(204).end()
}

/** Digests in, 32 bytes each; for each the id of the pack that holds the chunk, or 32 zeros. */
async function locate({ request, response, repository }: Call): Promise<void> {
  const body = await readBody(request, MAX_LOCATE * DIGEST_LENGTH)
  if (body.length % DIGEST_LENGTH !== 0) throw new ClonaulaError('invalidRequest', 'half a digest')
  const ids = Array.from({ length: body.length / DIGEST_LENGTH }, (_, at) =>
    body.subarray(at * DIGEST_LENGTH, (at + 1) * DIGEST_LENGTH))
  const packs = await repository.locate(ids)
  const answer = Buffer.alloc(body.length)
  packs.forEach((pack, at) => {
    if (pack !== undefined) answer.set(fromHex(pack), at * DIGEST_LENGTH)
  })
  response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': answer.length }).end(answer)
}

async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const part of request) {
    if (!Buffer.isBuffer(part)) throw new TypeError('a request without an encoding gives buffers')
    size += part.length
    if (size > limit) throw new ClonaulaError('invalidRequest', `more than ${limit} bytes`)
    parts.push(part)
  }
  return Buffer.concat(parts, size)
}

function sendError(request: IncomingMessage, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy() // too late to say so: the length that was promised does not arrive
    return
  }
  const body = JSON.stringify(toErrorRecord(error))
  const status = error instanceof ClonaulaError ? (STATUS[error.result] ?? 500) : 500
  // The rest of a refused upload is read and dropped: a client that cannot send on may never look at the answer.
  request.resume()
  response.writeHead(status, {
    'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body),
    ...(status === 401 ? { 'WWW-Authenticate': 'Bearer' } : {}),
  }).end(body)
}
