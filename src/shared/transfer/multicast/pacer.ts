import { HEADER_LENGTH, TAG_LENGTH } from '../../wire/multicast.ts'

/** Milliseconds of sending that may be caught up after a timer that was late; one that is on time makes bursts of one. */
const BURST = 20
const MTU = 1500
const IP_HEADER = 20
const UDP_HEADER = 8
/** Ethernet's own header, as traffic shapers count a frame; preamble and gap are not in a classroom's Mbit/s. */
const ETHERNET = 14

/** Bytes that a datagram with so many bytes of payload takes on Ethernet, in as many fragments as it needs (RFC 791, section 3.2). */
export function wireBytes(payload: number): number {
  const length = payload + HEADER_LENGTH + TAG_LENGTH + UDP_HEADER
  return length + Math.ceil(length / (MTU - IP_HEADER)) * (IP_HEADER + ETHERNET)
}

/** Says when the next datagram may go, at a rate that may change at any time. */
export class Pacer {
  #rate: number
  #credit = 0
  #lost = 0
  #at: number

  /** @param rate bytes per second */
  constructor(rate: number, now: number) {
    this.#rate = rate
    this.#at = now
  }

  set rate(rate: number) {
    this.#rate = rate
  }

  /** Milliseconds until something may go; 0: now. */
  wait(now: number): number {
    const earned = (Math.max(0, now - this.#at) * this.#rate) / 1000
    const most = (BURST * this.#rate) / 1000
    const credit = this.#credit + earned
    this.#credit = Math.min(most, credit)
    this.#lost += ((credit - this.#credit) * 1000) / this.#rate
    this.#at = Math.max(this.#at, now)
    return this.#credit >= 0 ? 0 : (-this.#credit * 1000) / this.#rate
  }

  /** Milliseconds of sending since the last call that were not used, and may not be caught up any more. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  spend(bytes: number): void {
    this.#credit -= bytes
  }
}
