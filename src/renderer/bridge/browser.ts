/**
 * A browser's door: a login for a session cookie (contract/web.ts), then a WebSocket that is opened again
 * whenever it is lost, for as long as the session lasts.
 */
import type { Role } from '#shared/contract/people.ts'
import { ClonaulaError } from '#shared/domain/errors.ts'
import { connect, type Pipe } from '#shared/contract/rpc.ts'
import { LoggedIn, START_TOKEN_KEY, WEB_CLOSE, WEB_PATH, WEB_PROTOCOL, type Login } from '#shared/contract/web.ts'
import { linkState, type Door, type LoginResult } from './link.ts'

/** Milliseconds before each attempt to connect again; the last is repeated. */
const RETRY_MS = [500, 1000, 2000, 5000]

export function browserDoor(): Door {
  const state = linkState({ phase: 'connecting' })
  let attempt = 0

  function open(role: Role): void {
    const { protocol, host } = window.location
    const socket = new WebSocket(`${protocol === 'https:' ? 'wss' : 'ws'}://${host}${WEB_PATH.rpc}`, [WEB_PROTOCOL])
    const client = connect(socketPipe(socket))
    socket.addEventListener('open', () => {
      attempt = 0
      state.set({ phase: 'online', client, role })
    })
    socket.addEventListener('close', ({ code }) => {
      if (code === WEB_CLOSE.loggedOut) state.set({ phase: 'login' })
      else reopen()
    })
  }

  function reopen(): void {
    const link = state.get()
    if (link.phase === 'online') state.set({ ...link, phase: 'offline' })
    setTimeout(() => void enter(), RETRY_MS[Math.min(attempt, RETRY_MS.length - 1)])
    attempt += 1
  }

  /** A refused WebSocket does not tell a browser why; this request does. */
  async function enter(): Promise<void> {
    const session = await fetch(WEB_PATH.session).catch(() => undefined)
    if (session && !session.ok) {
      state.set({ phase: 'login' })
      return
    }
    const role = session && (await roleOf(session))
    if (role) open(role)
    else reopen()
  }

  async function login(credentials: Login): Promise<LoginResult> {
    const answer = await post(WEB_PATH.login, credentials).catch(() => undefined)
    if (!answer) return 'unreachable'
    if (answer.status === 429) return 'tooMany'
    if (!answer.ok) return 'wrong'
    const role = await roleOf(answer)
    if (!role) return 'unreachable'
    open(role)
    return 'ok'
  }

  async function start(): Promise<void> {
    const token = takeStartToken()
    if (token === undefined || (await login({ token })) !== 'ok') await enter()
  }

  void start()
  return {
    kind: 'browser',
    link: state.get,
    subscribe: state.subscribe,
    login: (user, password) => login({ user, password }),
    // The server closes this session's WebSockets, and that shows the login.
    logout: () => void post(WEB_PATH.logout, {}).catch(() => undefined),
  }
}

function post(path: string, body: object): Promise<Response> {
  return fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
}

/** Whose session it is; undefined when the connection went before the answer was whole. */
async function roleOf(answer: Response): Promise<Role | undefined> {
  const loggedIn = LoggedIn.safeParse(await answer.json().catch(() => undefined))
  return loggedIn.data?.role
}

/** The one-time token of a start address; it leaves the address bar and the history at once. */
function takeStartToken(): string | undefined {
  const token = new URLSearchParams(window.location.hash.slice(1)).get(START_TOKEN_KEY)
  if (token !== null) window.history.replaceState(null, '', window.location.pathname)
  return token ?? undefined
}

function socketPipe(socket: WebSocket): Pipe {
  return {
    send(message) {
      if (socket.readyState !== WebSocket.OPEN) throw new ClonaulaError('generic', 'not connected to the console')
      socket.send(JSON.stringify(message))
    },
    onMessage: (listener) => socket.addEventListener('message', ({ data }) => listener(JSON.parse(String(data)))),
    onClose: (listener) => socket.addEventListener('close', listener),
  }
}
