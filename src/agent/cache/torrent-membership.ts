import { TorrentConsoleMessage, type TorrentAgentMessage, type TorrentOffer } from '#shared/contract/torrent.ts'
import type { ControlChannel } from '#transfer/control-channel.ts'
import type { SwarmTrouble } from '../text/texts.ts'

export interface MembershipOptions {
  openChannel: () => ControlChannel<unknown>
  /** The console makes the torrent. Bytes. */
  onHashing: (done: number, total: number) => void
  /** Milliseconds without a word from the console after which there is no swarm. */
  patience?: number
  /** Milliseconds after which it is asked again. */
  remindAfter?: number
}

/** What came of asking. */
export type MembershipAnswer = { offer: TorrentOffer } | { refusal: SwarmTrouble }

/** A console that has restarted is back by then. */
const PATIENCE = 30_000
const REMIND_AFTER = 5000
/** Milliseconds before a channel that was closed is opened anew. */
const REOPEN_AFTER = 1000

/**
 * Takes part in the swarm of the operation's image for as long as it is not left. Whenever the connection is lost and comes back,
 * the console hears again that somebody is there: one that was restarted makes its seed anew.
 */
export class Membership {
  readonly #options: Required<MembershipOptions>
  readonly #answer = Promise.withResolvers<MembershipAnswer>()
  readonly #left = new AbortController()
  #heardAt = performance.now()
  #members: ReadonlySet<string> = new Set()
  #isAnswered = false

  constructor(options: MembershipOptions) {
    this.#options = { patience: PATIENCE, remindAfter: REMIND_AFTER, ...options }
    void this.#keepJoined()
    void this.#giveUp()
  }

  /** The first one counts: an image has one torrent. Never rejects. */
  get answer(): Promise<MembershipAnswer> {
    return this.#answer.promise
  }

  /** Whether the console says that a computer at this address takes the image, too. */
  isMember(host: string): boolean {
    return this.#members.has(host)
  }

  leave(): void {
    this.#left.abort()
    this.#answer.resolve({ refusal: 'unanswered' })
  }

  async #keepJoined(): Promise<void> {
    while (!this.#left.signal.aborted) {
      const closed = Promise.withResolvers<void>()
      let isAnswered = false
      const channel = this.#options.openChannel()
      channel.listen({
        message: (message) => {
          isAnswered = true
          this.#hear(message)
        },
        closed: () => closed.resolve(),
      })
      const join = (): void => channel.send({ type: 'join' } satisfies TorrentAgentMessage)
      join()
      // Without a connection nothing is sent, and no channel closes.
      const reminding = setInterval(() => isAnswered || join(), this.#options.remindAfter)
      await Promise.race([closed.promise, aborted(this.#left.signal)])
      clearInterval(reminding)
      await this.#pause(REOPEN_AFTER)
    }
  }

  async #giveUp(): Promise<void> {
    while (!this.#isAnswered && !this.#left.signal.aborted) {
      const left = this.#heardAt + this.#options.patience - performance.now()
      if (left <= 0) return this.#settle({ refusal: 'unanswered' })
      await this.#pause(left)
    }
  }

  #hear(raw: unknown): void {
    this.#heardAt = performance.now()
    const message = TorrentConsoleMessage.safeParse(raw).data
    if (!message) return this.#settle({ refusal: 'misunderstood' })
    if (message.type === 'members') this.#members = new Set(message.addresses)
    else if (message.type === 'hashing') this.#options.onHashing(message.done, message.total)
    else this.#settle(message.type === 'offer' ? { offer: message } : { refusal: message.reason })
  }

  #settle(answer: MembershipAnswer): void {
    this.#isAnswered = true
    this.#answer.resolve(answer)
  }

  async #pause(milliseconds: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, milliseconds)
    await Promise.race([promise, aborted(this.#left.signal)])
    clearTimeout(timer)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
