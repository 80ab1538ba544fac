/** The little of HTTP that the web console's own calls need. */
import type { IncomingMessage, ServerResponse } from 'node:http'

/** Bytes that a login may have. */
const BODY_LIMIT = 4096

/**
 * For every answer. Styles may be inline because Mantine sets its variables so; scripts never.
 * `connect-src 'self'` includes the page's own WebSocket (CSP level 3).
 */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': [
    "default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "img-src 'self' data:",
    "font-src 'self'", "connect-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=()',
}

type Headers = Readonly<Record<string, string>>

export function sendJson(response: ServerResponse, status: number, value: unknown, headers: Headers = {}): void {
  send(response, status, 'application/json', JSON.stringify(value), headers)
}

export function sendText(response: ServerResponse, status: number, text: string, headers: Headers = {}): void {
  send(response, status, 'text/plain; charset=utf-8', `${text}\n`, headers)
}

function send(response: ServerResponse, status: number, type: string, text: string, headers: Headers): void {
  const body = Buffer.from(text)
  response
    .writeHead(status, { 'content-type': type, 'content-length': body.length, 'cache-control': 'no-store', ...headers })
    .end(body)
}

/** A JSON body; undefined when it is something else, or too long. Forms cannot send this content type to other sites. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/.test(request.headers['content-type'] ?? '')) return undefined
  const parts: Buffer[] = []
  let length = 0
  for await (const part of request as AsyncIterable<Buffer>) {
    length += part.length
    if (length > BODY_LIMIT) return undefined
    parts.push(part)
  }
  try {
    return JSON.parse(Buffer.concat(parts).toString('utf8'))
  } catch {
    return undefined
  }
}

/** The value of a cookie; the first, where a browser sends several of the name. */
export function readCookie(header: string | undefined, name: string): string | undefined {
  for (const pair of (header ?? '').split(';')) {
    const [key, ...value] = pair.split('=')
    if (key?.trim() === name) return value.join('=').trim()
  }
  return undefined
}
