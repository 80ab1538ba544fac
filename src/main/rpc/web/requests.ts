/** The web console's plain requests: login, logout, who am I, and the screens' files. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { Login, WEB_PATH, type LoggedIn } from '#shared/contract/web.ts'
import { plainAddress } from '../../platform/address-quota.ts'
import { readCookie, readJson, SECURITY_HEADERS, sendJson, sendText } from './http-message.ts'
import { hostAllowed, judgeOrigin } from './origin.ts'
import type { Site } from './site.ts'
import type { StaticFiles } from './static-files.ts'

/** @param ended called after a logout, to close what that session has open */
export function answerRequests(site: Site, files: StaticFiles, ended: () => void): RequestListener {
  const { doorkeeper, cookie, log } = site

  async function login(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parsed = Login.safeParse(await readJson(request))
    if (!parsed.success) return sendText(response, 400, 'not a login', { connection: 'close' })
    const ip = plainAddress(request.socket.remoteAddress)
    const result = await doorkeeper.login(parsed.data, ip)
    if (result.ok) {
      const { user, session } = result.loggedIn
      log.info({ ip, user }, 'logged in')
      const setCookie = `${cookie.name}=${session}; ${cookie.attributes}`
      return sendJson(response, 200, result.loggedIn, { 'set-cookie': setCookie })
    }
    log.warn({ ip, why: result.why }, 'login refused')
    if (result.why === 'wrong') return sendText(response, 401, 'wrong')
    return sendText(response, 429, 'too many attempts', { 'retry-after': String(result.retryAfter) })
  }

  function logout(secret: string, response: ServerResponse): void {
    doorkeeper.logout(secret)
    ended()
    response.writeHead(204, { 'set-cookie': `${cookie.name}=; Max-Age=0; ${cookie.attributes}` }).end()
  }

  function whoAmI(secret: string, response: ServerResponse): void {
    const caller = doorkeeper.caller(secret)
    if (!caller) return sendText(response, 401, 'no session')
    return sendJson(response, 200, { user: caller.name, role: caller.role } satisfies LoggedIn)
  }

  function file(path: string, response: ServerResponse, withBody: boolean): void {
    if (files.serve(path, response, withBody)) return
    if (path === '/' && !files.built) sendText(response, 503, 'The screens have not been built: npm run build')
    else sendText(response, 404, 'not found')
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method, headers, url = '' } = request
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    if (!hostAllowed(headers.host, site.names)) return sendText(response, 421, 'this console has another name')
    const path = url.split('?', 1)[0] ?? ''
    const secret = readCookie(headers.cookie, cookie.name) ?? ''
    if (method === 'GET' || method === 'HEAD') {
      return path === WEB_PATH.session ? whoAmI(secret, response) : file(path, response, method === 'GET')
    }
    if (method !== 'POST') return sendText(response, 405, 'method not allowed', { allow: 'GET, HEAD, POST' })
    const verdict = judgeOrigin(headers.origin, headers.host, site.secure)
    if (verdict === 'foreign') return sendText(response, 403, 'foreign origin')
    if (path === WEB_PATH.login) return await login(request, response)
    return path === WEB_PATH.logout ? logout(secret, response) : sendText(response, 404, 'not found')
  }

  return (request, response) => {
    answer(request, response).catch((error: unknown) => {
      log.error({ err: error }, 'web request failed')
      response.destroy()
    })
  }
}
