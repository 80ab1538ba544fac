import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ClonaulaError, fromErrorRecord } from '#shared/domain/errors.ts'
import { DIGEST_LENGTH, toHex } from '#shared/formats/digest.ts'
import { MAX_PACK } from '#shared/formats/pack.ts'
import { PARALLEL, sha256 } from '../codecs.ts'
import type { BuiltPack, CallOptions, ChunkStore, ManifestId, PackId, PackTail } from '../store.ts'

export interface HttpRepositoryOptions {
  /** Where the repository is, without a slash at the end: `http://192.168.1.10:8000/repository`. */
  url: string
  /** Bearer token; a server of plain files asks for none. */
  token?: string
  /** Where the files are below `url`: as `repositoryHandler` serves them, unless said, or as in a repository's folder. */
  paths?: Paths
  /** Brings its own TLS rules (a pinned certificate); by default connections are kept and the system's rules hold. */
  agent?: HttpAgent | HttpsAgent
  /** Milliseconds of failed attempts after which a repository counts as unreachable. */
  retryFor?: number
  /** Milliseconds without a byte after which a connection counts as lost. */
  idleTimeout?: number
}

/** Where a pack and a manifest are, with a slash at the start. */
export interface Paths {
  pack: (id: PackId) => string
  manifest: (id: ManifestId) => string
}

const SERVED: Paths = { pack: (id) => `/packs/${id}`, manifest: (id) => `/manifests/${id}` }

/** Of a repository's folder behind any web server, for reading. */
export const PLAIN_FILES: Paths = { pack: (id) => `/packs/${id.slice(0, 2)}/${id}.pack`, manifest: (id) => `/manifests/${id}.manifest` }

interface Answer {
  status: number
  headers: IncomingMessage['headers']
  body: Buffer
}

interface Request {
  method: 'GET' | 'PUT' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: readonly Uint8Array[]
  /** Bytes that the answer may have. */
  limit: number
}

const ErrorBody = z.object({
  code: z.number(), message: z.string(), params: z.record(z.string(), z.union([z.string(), z.number()])),
})
const MAX_MANIFEST = 1024 * 1024 * 1024
const SMALL = 1024 * 1024
const FIRST_PAUSE = 250
const LONGEST_PAUSE = 5000

/**
 * A repository behind HTTP (the other half is `repositoryHandler`; for reading, any static server with ranges will
 * do). Lost connections and 5xx answers of proxies are tried again, with growing pauses; every call may be repeated safely.
 */
export class HttpRepository implements ChunkStore {
  readonly #options: HttpRepositoryOptions
  readonly #agent: HttpAgent | HttpsAgent
  readonly #paths: Paths

  constructor(options: HttpRepositoryOptions) {
    this.#options = options
    this.#paths = options.paths ?? SERVED
    const own = options.url.startsWith('https:') ? HttpsAgent : HttpAgent
    this.#agent = options.agent ?? new own({ keepAlive: true, maxSockets: PARALLEL * 2 })
  }

  async manifest(id: ManifestId, options: CallOptions = {}): Promise<Uint8Array> {
    return (await this.#call({ method: 'GET', path: this.#paths.manifest(id), limit: MAX_MANIFEST }, options)).body
  }

  async packTail(id: PackId, length: number, options: CallOptions = {}): Promise<PackTail> {
    const { body, headers, status } = await this.#getRange(id, `bytes=-${length}`, Math.max(length, MAX_PACK), options)
    if (status === 200) return { size: body.length, bytes: body.subarray(Math.max(0, body.length - length)) }
    const size = Number(/\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1])
    if (!Number.isSafeInteger(size)) throw new ClonaulaError('repositoryUnreachable', 'an answer without Content-Range')
    return { size, bytes: body }
  }

  async packRange(id: PackId, offset: number, length: number, options: CallOptions = {}): Promise<Uint8Array> {
    const { body, status } = await this.#getRange(id, `bytes=${offset}-${offset + length - 1}`, MAX_PACK, options)
    const bytes = status === 200 ? body.subarray(offset, offset + length) : body
    if (bytes.length !== length) throw new ClonaulaError('corruptImage', `pack ${id} ends too early`, { pack: id })
    return bytes
  }

  async locate(ids: readonly Uint8Array[], options: CallOptions = {}): Promise<(PackId | undefined)[]> {
    if (ids.length === 0) return []
    const limit = ids.length * DIGEST_LENGTH
    const { body } = await this.#call({ method: 'POST', path: '/locate', body: ids, limit }, options)
    if (body.length !== limit) throw new ClonaulaError('repositoryUnreachable', 'an answer of the wrong length')
    return ids.map((_, at) => {
      const pack = body.subarray(at * DIGEST_LENGTH, (at + 1) * DIGEST_LENGTH)
      return pack.every((byte) => byte === 0) ? undefined : toHex(pack)
    })
  }

  async putPack(pack: BuiltPack, options: CallOptions = {}): Promise<void> {
    await this.#call({ method: 'PUT', path: this.#paths.pack(pack.id), body: pack.parts, limit: SMALL }, options)
  }

  async publish(manifest: Uint8Array, options: CallOptions = {}): Promise<ManifestId> {
    const id = toHex(sha256(manifest))
    await this.#call({ method: 'PUT', path: this.#paths.manifest(id), body: [manifest], limit: SMALL }, options)
    return id
  }

  /** Closes kept connections; calls that are under way fail. */
  close(): void {
    this.#agent.destroy()
  }

  async #getRange(id: PackId, range: string, limit: number, options: CallOptions): Promise<Answer> {
    const answer = await this.#call({ method: 'GET', path: this.#paths.pack(id), headers: { Range: range }, limit }, options)
    if (answer.status === 416) throw new ClonaulaError('corruptImage', `pack ${id} ends too early`, { pack: id })
    return answer
  }

  /** Tries until there is an answer that means something. @throws the error in it, or `repositoryUnreachable` */
  async #call(request: Request, { signal }: CallOptions): Promise<Answer> {
    const deadline = Date.now() + (this.#options.retryFor ?? 60_000)
    for (let pause = FIRST_PAUSE; ; pause = Math.min(pause * 2, LONGEST_PAUSE)) {
      signal?.throwIfAborted()
      const answer = await this.#attempt(request, signal).catch((cause: unknown) => {
        signal?.throwIfAborted()
        if (cause instanceof ClonaulaError) throw cause
        return cause instanceof Error ? cause : new Error(String(cause))
      })
      if (!(answer instanceof Error) && ![502, 503, 504].includes(answer.status)) return accept(answer)
      if (Date.now() + pause > deadline) throw this.#unreachable(answer)
      await sleep(pause, undefined, { signal })
    }
  }

  async #attempt(request: Request, signal: AbortSignal | undefined): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const url = new URL(this.#options.url + request.path)
    const length = request.body?.reduce((sum, part) => sum + part.length, 0)
    const outgoing = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: request.method,
      agent: this.#agent,
      signal,
      headers: {
        ...(this.#options.token === undefined ? {} : { Authorization: `Bearer ${this.#options.token}` }),
        ...request.headers,
        ...(length === undefined ? {} : { 'Content-Length': length }),
      },
    })
    outgoing.setTimeout(this.#options.idleTimeout ?? 30_000, () => outgoing.destroy(new Error('no answer')))
    outgoing.on('error', reject)
    outgoing.on('response', (incoming) => {
      collect(incoming, request.limit).then(resolve, reject)
    })
    for (const part of request.body ?? []) outgoing.write(part)
    outgoing.end()
    return promise
  }

  #unreachable(last: Answer | Error): ClonaulaError {
    const why = last instanceof Error ? last.message : `status ${last.status}`
    return new ClonaulaError('repositoryUnreachable', `${this.#options.url}: ${why}`, { url: this.#options.url },
      last instanceof Error ? { cause: last } : {})
  }
}

/** Reads an answer into one buffer of the announced length (unannounced ones are short), so that it is not copied again. */
async function collect(incoming: IncomingMessage, limit: number): Promise<Answer> {
  const length = Number(incoming.headers['content-length'] ?? SMALL)
  const body = Buffer.allocUnsafeSlow(length <= Math.max(limit, SMALL) ? length : 0)
  let size = 0
  for await (const part of incoming) {
    if (!Buffer.isBuffer(part)) throw new TypeError('an answer without an encoding gives buffers')
    if (size + part.length > body.length) {
      throw new ClonaulaError('repositoryUnreachable', `an answer of more than the ${limit} bytes that were expected`)
    }
    size += part.copy(body, size)
  }
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, body: body.subarray(0, size) }
}

/** Gives back an answer that is one, and throws the error that it carries otherwise. 416 is for the caller to judge. */
function accept(answer: Answer): Answer {
  if (answer.status < 300 || answer.status === 416) return answer
  const record = ErrorBody.safeParse(parseJson(answer.body.toString('utf8'))).data
  if (record) throw fromErrorRecord(record)
  const result = answer.status === 404 ? 'notFound' : answer.status === 401 ? 'unauthenticated'
    : answer.status === 403 ? 'forbidden' : 'repositoryUnreachable'
  throw new ClonaulaError(result, `the repository answered ${answer.status}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
