export interface RateSample {
  /** Bytes per second that were sent since the last sample. */
  sent: number
  /** Share of datagrams, 0–1, that the worst healthy receiver lost of them and, less and less, of those before. */
  loss: number
  /** That receiver, where hardly any other loses so much. */
  by?: string | undefined
  now: number
}

/** A rate that was not to be kept, and the receiver whose losses alone said so. */
interface Cut {
  rate: number
  by: string | undefined
}

/** Where a rate that was lowered comes back to. */
interface Lowered extends Cut {
  /** The rate at which the losses of this receiver began to count. */
  from: number
}

interface Trial extends Cut {
  loss: number
  judged: boolean
}

/** Loss that is not looked into. */
const NEGLIGIBLE = 0.025
/** Loss may grow so much above what is known not to depend on the rate. */
const TOLERANCE = 1.5
/**
 * A loss from which on less is sent at once. A smaller one has to last: losses are averages, so what a computer that was busy lost in one moment
 * is less with every sample, and what a full network loses is not.
 */
const SEVERE = 0.15
/** A trial goes at most at this share of the rate before. */
const TRIAL = 0.85
/** What a rate that was cut grows by, a sample, near to where it was too high; how far beyond that is near, and what it grows by at most after it. */
const GROWTH = 1.03
const NEAR = 1.06
const FASTEST_GROWTH = 1.5
/** Share of what is missing to the rate that was too high that comes back with a sample. */
const RETURN = 1 / 4
/** Samples of which the best says what arrived before a cut: in the one that shows a loss the sender may have stood still. */
const LATELY = 4
/** Milliseconds for which a loss that does not depend on the rate is taken as given. */
const TRUSTED = 60_000
/** Bytes per second below which the rate never goes. */
const SLOWEST = 125_000

/**
 * How fast to send. Loss alone does not say whether the network is full or merely bad: when it is high, less is sent for a moment.
 * If loss goes down with it, the network was full and the rate stays low; if not, it goes on as before. A low rate comes back as TCP's
 * does with CUBIC (RFC 9438): fast, slowly about where it was too high, and faster and faster where nothing is lost beyond that, because
 * whatever filled the network may be over.
 */
export class RateControl {
  readonly #most: number
  #rate: number
  #growth = GROWTH
  /** What arrived lately, and what did so when more was too much. */
  #arrived: number[] = []
  #ceiling = 0
  #floor = 0
  #floorUntil = 0
  #trial: Trial | undefined
  /** The last loss, if it was high and nothing was done about it. */
  #suspected = Infinity
  /** Up to the highest rate before, which comes back slowly. */
  #cut: Lowered | undefined

  /** @param most bytes per second that are never exceeded */
  constructor(most: number) {
    this.#most = most
    this.#rate = most
  }

  /** Bytes per second. */
  get rate(): number {
    return this.#rate
  }

  /** Call it about twice a second, with at least some dozens of datagrams in between. */
  sample({ sent, loss, by, now }: RateSample): void {
    if (now >= this.#floorUntil) this.#floor = 0
    this.#arrived = [...this.#arrived, Math.min(sent, this.#rate) * (1 - loss)].slice(-LATELY)
    if (this.#trial) this.#judge(this.#trial, loss, now)
    else if (loss <= this.#floor * TOLERANCE + NEGLIGIBLE) this.#grow()
    else if (loss >= Math.min(SEVERE, this.#suspected)) this.#try(Math.min(sent, this.#rate), loss, by)
    else this.#suspected = loss
  }

  /** Because of whom less is sent now, and by which share. */
  get brake(): { by: string; share: number } | undefined {
    const { by, rate = 0 } = this.#trial ?? this.#cut ?? {}
    if (by === undefined) return undefined
    return { by, share: Math.max(0, 1 - this.#rate / (this.#cut?.by === by ? this.#cut.from : rate)) }
  }

  /** A receiver is gone: what was slower because of it alone is not any more. */
  release(by: string): void {
    if (this.#trial?.by === by) {
      this.#rate = this.#trial.rate
      this.#trial = undefined
    }
    if (this.#cut?.by === by) {
      this.#rate = this.#cut.from
      this.#cut = undefined
    }
    this.#floor = 0 // maybe it was its loss alone
  }

  #grow(): void {
    this.#suspected = Infinity
    this.#growth = this.#rate < this.#ceiling * NEAR ? GROWTH : Math.min(FASTEST_GROWTH, 1 + (this.#growth - 1) * 2)
    this.#rate = Math.min(this.#most, Math.max(this.#rate * this.#growth, this.#rate + (this.#ceiling - this.#rate) * RETURN))
    if (this.#cut && this.#rate >= this.#cut.rate) this.#cut = undefined
  }

  #try(sent: number, loss: number, by: string | undefined): void {
    this.#trial = { rate: this.#rate, by, loss, judged: false }
    this.#suspected = Infinity
    this.#ceiling = Math.max(...this.#arrived)
    this.#arrived = []
    this.#rate = Math.max(SLOWEST, sent * Math.min(TRIAL, 1 - loss))
  }

  #judge(trial: Trial, loss: number, now: number): void {
    if (!trial.judged) {
      trial.judged = true // the first sample still has what was sent before
      return
    }
    this.#trial = undefined
    if (loss < trial.loss / 2) {
      const { rate: highest = 0, by, from = 0 } = this.#cut ?? {}
      this.#cut = { rate: Math.max(highest, trial.rate), by: trial.by, from: this.#cut && by === trial.by ? from : trial.rate }
      return
    }
    this.#rate = trial.rate
    this.#floor = Math.max(loss, trial.loss)
    this.#floorUntil = now + TRUSTED
  }
}
