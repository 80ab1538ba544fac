import type { MacAddress } from '#shared/domain/ids.ts'
import { ipv4ToNumber, numberToIpv4, type Ipv4 } from '#shared/wire/addresses.ts'

export interface Lease {
  mac: MacAddress
  address: Ipv4
  /** Milliseconds since the epoch. */
  expires: number
}

export interface AddressPool {
  first: Ipv4
  last: Ipv4
  /** Fixed addresses; they may lie outside `first`–`last`. */
  reservations?: ReadonlyMap<MacAddress, Ipv4>
}

/** An offer is held for the client's REQUEST; RFC 2131 §3.1 leaves the time open. */
const OFFER_MS = 60_000
/** How long an address that a client found in use (DECLINE) is left alone. */
const DECLINED_MS = 600_000

/**
 * Who has which address. Time comes in from outside, nothing goes out.
 *
 * Clients are told apart by their MAC address and not by the client identifier (RFC 2131 §4.2): the
 * firmware, iPXE and the live system of one computer all send different ones, and would use up three
 * addresses. An expired lease is remembered until its address is needed, so that a computer keeps its
 * address from day to day.
 */
export class LeaseTable {
  readonly #first: number
  readonly #last: number
  readonly #reservations: ReadonlyMap<MacAddress, Ipv4>
  readonly #byMac = new Map<MacAddress, Lease & { bound: boolean }>()
  readonly #holder = new Map<Ipv4, MacAddress>()
  readonly #declined = new Map<Ipv4, number>()
  readonly #never: ReadonlySet<Ipv4>

  constructor(pool: AddressPool, options: { never?: readonly Ipv4[]; leases?: readonly Lease[] } = {}) {
    this.#first = ipv4ToNumber(pool.first)
    this.#last = ipv4ToNumber(pool.last)
    if (this.#first > this.#last) throw new RangeError(`empty pool: ${pool.first}–${pool.last}`)
    this.#reservations = pool.reservations ?? new Map()
    this.#never = new Set([...(options.never ?? []), ...this.#reservations.values()])
    for (const lease of options.leases ?? []) this.#store({ ...lease, bound: true })
  }

  /** Holds an address for the client; undefined when none is left. */
  offer(mac: MacAddress, wanted: Ipv4 | undefined, now: number): Ipv4 | undefined {
    const address = this.#choose(mac, wanted, now)
    if (address === undefined) return undefined
    const current = this.#byMac.get(mac)
    const stillBound = current?.bound === true && current.address === address && current.expires > now
    if (!stillBound) this.#store({ mac, address, expires: now + OFFER_MS, bound: false })
    return address
  }

  /** True when `address` is, or may become, this client's. */
  mayHave(mac: MacAddress, address: Ipv4, now: number): boolean {
    const reserved = this.#reservations.get(mac)
    return reserved === undefined ? this.#isFree(address, mac, now) : reserved === address
  }

  bind(mac: MacAddress, address: Ipv4, seconds: number, now: number): void {
    this.#store({ mac, address, expires: now + seconds * 1000, bound: true })
  }

  /** The client's lease or held offer, expired or not. */
  of(mac: MacAddress): Lease | undefined {
    return this.#byMac.get(mac)
  }

  /** Gives the address back; it stays remembered for this client. */
  release(mac: MacAddress, address: Ipv4, now: number): void {
    const lease = this.#byMac.get(mac)
    if (lease?.address === address) lease.expires = Math.min(lease.expires, now)
  }

  /** The client found the address in use by somebody else. */
  decline(mac: MacAddress, address: Ipv4, now: number): void {
    if (this.#byMac.get(mac)?.address !== address) return
    this.#byMac.delete(mac)
    this.#holder.delete(address)
    this.#declined.set(address, now + DECLINED_MS)
  }

  /** The leases that are worth keeping over a restart. */
  snapshot(): Lease[] {
    return Array.from(this.#byMac.values()).flatMap(({ bound, ...lease }) => (bound ? [lease] : []))
  }

  #store(lease: Lease & { bound: boolean }): void {
    const previous = this.#byMac.get(lease.mac)
    if (previous !== undefined) this.#holder.delete(previous.address)
    const evicted = this.#holder.get(lease.address)
    if (evicted !== undefined) this.#byMac.delete(evicted)
    this.#byMac.set(lease.mac, lease)
    this.#holder.set(lease.address, lease.mac)
  }

  #choose(mac: MacAddress, wanted: Ipv4 | undefined, now: number): Ipv4 | undefined {
    const reserved = this.#reservations.get(mac)
    if (reserved !== undefined) return reserved
    const candidates = [this.#byMac.get(mac)?.address, wanted]
    const preferred = candidates.find((address) => address !== undefined && this.#isFree(address, mac, now))
    return preferred ?? this.#unused(now)
  }

  /** An address that nobody remembers, or else the one whose lease expired longest ago. */
  #unused(now: number): Ipv4 | undefined {
    let oldest: Lease | undefined
    for (let number = this.#first; number <= this.#last; number++) {
      const address = numberToIpv4(number)
      if (this.#isBarred(address, now)) continue
      const holder = this.#holder.get(address)
      if (holder === undefined) return address
      const lease = this.#byMac.get(holder)
      if (lease !== undefined && lease.expires <= now && lease.expires < (oldest?.expires ?? Infinity)) oldest = lease
    }
    return oldest?.address
  }

  #isFree(address: Ipv4, mac: MacAddress, now: number): boolean {
    const number = ipv4ToNumber(address)
    if (number < this.#first || number > this.#last || this.#isBarred(address, now)) return false
    const holder = this.#holder.get(address)
    if (holder === undefined || holder === mac) return true
    return (this.#byMac.get(holder)?.expires ?? 0) <= now
  }

  #isBarred(address: Ipv4, now: number): boolean {
    return this.#never.has(address) || (this.#declined.get(address) ?? 0) > now
  }
}
