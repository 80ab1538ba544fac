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

/**
 * Sends part of a file as the body of an answer whose head is written, turn by turn. Fails when the other end goes away.
 * Whoever waits for a turn has neither the file open nor a buffer: a thousand requests may wait.
 */
export async function sendFile(response: ServerResponse, { path, start, end, client, turns }: SendRequest): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  response.setTimeout(GIVE_UP, () => response.destroy())
  for (let at = start; at < end; ) {
    const length = Math.min(turns.slice, end - at)
    const endTurn = await turns.take(client, length, gone.signal)
    let sent: Promise<void>
    try {
      const bytes = await readPart(path, at, length)
      at += bytes.length
      sent = write(response, bytes, gone.signal)
      await Promise.race([sent, sleep(PATIENCE, undefined, { ref: false })])
    } finally {
      endTurn()
    }
    await sent
  }
  response.end()
}

/** At least one byte. */
async function readPart(path: string, at: number, length: number): Promise<Uint8Array> {
  await using file = await open(path)
  const { bytesRead, buffer } = await file.read(Buffer.allocUnsafeSlow(length), 0, length, at)
  if (bytesRead === 0) throw new ClonaulaError('corruptImage', `${path} became shorter`, { pack: path })
  return buffer.subarray(0, bytesRead)
}

/** Returns when the system has taken them. */
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
