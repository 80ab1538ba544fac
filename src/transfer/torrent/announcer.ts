import { request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { retryDelay } from '#shared/transfer/torrent/rules.ts'
import {
  MAX_TRACKER_ANSWER, decodeAnnounceAnswer, encodeAnnounce, type Announce, type AnnounceAnswer, type AnnounceEvent, type PeerAddress,
} from '#shared/wire/bittorrent/tracker.ts'

/** Milliseconds for an answer; for that to the last word of all, whom nobody should wait for. */
const PATIENCE = 10_000
const LAST_PATIENCE = 2000
/** Seconds between two announces, whatever a tracker asks for; the shorter one while there is nobody to fetch from. */
const SHORTEST = 5
const LONGEST = 1800

export interface AnnouncerOptions {
  /** URLs of announces (`http:`). Each is told all; one that does not answer is asked again and again. */
  trackers: readonly string[]
  /** Our address to call from. */
  host?: string | undefined
  /** How things are now. */
  facts: () => Omit<Announce, 'event' | 'compact'>
  /** Whether nobody is connected though something is missing. */
  lonely: () => boolean
  onPeers: (peers: readonly PeerAddress[]) => void
}

/** Tells trackers about us, and us about others, for as long as we are there. */
export class Announcer {
  readonly #options: AnnouncerOptions
  readonly #stop = new AbortController()
  readonly #running: Promise<unknown>
  /** Ended and renewed to have everybody told at once. */
  #turn = new AbortController()
  #completed = false

  constructor(options: AnnouncerOptions) {
    this.#options = options
    this.#running = Promise.all(options.trackers.map((tracker) => this.#keepTelling(tracker)))
  }

  /** All is there now, which was not so at the start. */
  completed(): void {
    this.#completed = true
    this.#turn.abort()
    this.#turn = new AbortController()
  }

  /** Says goodbye, and returns when that has been heard or it is no use waiting. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
    await Promise.allSettled(this.#options.trackers.map((tracker) => this.#tell(tracker, 'stopped', AbortSignal.timeout(LAST_PATIENCE))))
  }

  async #keepTelling(tracker: string): Promise<void> {
    const untold: AnnounceEvent[] = ['started']
    let completed = false
    let failures = 0
    while (!this.#stop.signal.aborted) {
      const turn = this.#turn.signal
      if (this.#completed && !completed) {
        completed = true
        untold.push('completed')
      }
      let wait: number
      try {
        const answer = await this.#tell(tracker, untold[0], AbortSignal.any([this.#stop.signal, AbortSignal.timeout(PATIENCE)]))
        untold.shift()
        failures = 0
        this.#options.onPeers(answer.peers)
        wait = untold.length > 0 ? 0 : 1000 * (this.#options.lonely() ? SHORTEST : Math.min(LONGEST, Math.max(SHORTEST, answer.interval)))
      } catch {
        failures += 1
        wait = retryDelay(failures, Math.random)
      }
      await sleep(wait, undefined, { signal: AbortSignal.any([this.#stop.signal, turn]) }).catch(() => undefined)
    }
  }

  async #tell(tracker: string, event: AnnounceEvent | undefined, signal: AbortSignal): Promise<AnnounceAnswer> {
    const query = encodeAnnounce({ ...this.#options.facts(), compact: true, ...(event === undefined ? {} : { event }) })
    const url = `${tracker}${tracker.includes('?') ? '&' : '?'}${query}`
    return decodeAnnounceAnswer(await fetchAnswer(url, this.#options.host, signal))
  }
}

/** Not by `fetch`, which cannot call from an address. @throws Error, AbortError */
function fetchAnswer(url: string, host: string | undefined, signal: AbortSignal): Promise<Uint8Array> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const call = request(url, { signal, agent: false, ...(host === undefined ? {} : { localAddress: host }) }, (response) => {
    const parts: Buffer[] = []
    let length = 0
    response.on('data', (part: Buffer) => {
      parts.push(part)
      length += part.length
      if (length > MAX_TRACKER_ANSWER) call.destroy(new Error('the tracker says too much'))
    })
    response.on('end', () => resolve(Buffer.concat(parts)))
    response.on('error', reject)
  })
  call.on('error', reject)
  call.end()
  return promise
}
