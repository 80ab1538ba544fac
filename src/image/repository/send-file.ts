import { open } from 'node:fs/promises'
import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { ClonaulaError } from '#shared/domain/errors.ts'

/** Decides when bytes may go out: how many clients at a time, how fast, and in which order. */
export interface SendTurns {
  /** Bytes of one turn, at most. */
  readonly slice: number
  /** Waits for a client's turn. @returns what ends it @throws AbortError */
  take(client: string, bytes: number, signal: AbortSignal): Promise<() => void>
}

/** Everybody at once. */
export const NO_TURNS: SendTurns = { slice: 256 * 1024, take: async () => () => undefined }

/** Milliseconds of a turn that a client has to take its bytes: one that is slower goes on without its turn. */
const PATIENCE = 250
/** Milliseconds after which one that takes nothing is gone: its cable was pulled, nobody will say so. */
const GIVE_UP = 120_000

export interface SendRequest {
  path: string
  /** Bytes of the file: from `start` up to, not including, `end`. */
  start: number
  end: number
  /** Who gets them. */
  client: string
  turns: SendTurns
}

/** Sends part of a file as the body of an answer whose head is written, turn by turn. Fails when the other end goes away. */
export async function sendFile(response: ServerResponse, { path, start, end, client, turns }: SendRequest): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.setTimeout(GIVE_UP, () => response.destroy())
  await using file = await open(path)
  const buffer = Buffer.allocUnsafeSlow(Math.min(turns.slice, end - start))
  for (let at = start; at < end; ) {
    const endTurn = await turns.take(client, Math.min(buffer.length, end - at), gone.signal)
    let sent: Promise<void>
    try {
      const { bytesRead } = await file.read(buffer, 0, Math.min(buffer.length, end - at), at)
      if (bytesRead === 0) throw new ClonaulaError('corruptImage', `${path} became shorter`, { pack: path })
      at += bytesRead
      sent = write(response, buffer.subarray(0, bytesRead), gone.signal)
      await Promise.race([sent, sleep(PATIENCE, undefined, { ref: false })])
    } finally {
      endTurn()
    }
    await sent
  }
  response.end()
}

/** Returns when the system has taken them: the buffer may be filled again. */
async function write(response: ServerResponse, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const onAbort = (): void => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  if (signal.aborted) onAbort()
  else response.write(bytes, (error) => (error ? reject(error) : resolve()))
  try {
    await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
